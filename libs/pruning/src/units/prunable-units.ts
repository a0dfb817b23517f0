import { withQueryHeads, type ModelShape } from './model-shape.ts';
import type { PrunedUnit } from './pruned-units.ts';
import { UnitTable } from './unit-table.ts';

/** The units of a model as a job numbers them: query heads are among them where they are offered. */
export function prunableUnits(shape: ModelShape, { units }: { readonly units?: readonly PrunedUnit[] }): UnitTable {
  return new UnitTable(units?.includes('queryHead') === true ? withQueryHeads(shape) : shape);
}
