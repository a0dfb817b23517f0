import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { countIn, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';

/** Singular values below this share of the largest are rounding. */
const NEGLIGIBLE = 1e-8;

/**
 * Rank of the masks-by-modules matrix of removed units, each column centred: how many independent contrasts between modules
 * a regression on these masks can tell. At most the number of modules.
 */
export function identifiedDirections(units: UnitTable, masks: readonly UnitSet[]): number {
  const counts = new Matrix(masks.map((mask) => units.modules.map((module) => countIn(module, mask))));
  const values = new SingularValueDecomposition(counts.center('column'), { autoTranspose: true }).diagonal;
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  return values.filter((value) => value > NEGLIGIBLE * largest).length;
}
