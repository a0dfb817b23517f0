import type { Spectrum } from '../linear-algebra/eigen.ts';
import type { Matrix } from '../linear-algebra/matrix.ts';
import { timesTransposed } from '../linear-algebra/times-transposed.ts';
import { transpose } from '../linear-algebra/transpose.ts';
import type { UnitTable } from '../units/unit-table.ts';
import type { Design } from './design.ts';
import { BLOCK_KINDS, type SlopeVariances } from './hierarchical-kernel.ts';
import type { SlopeBelief } from './slope-belief.ts';

interface Posterior {
  readonly design: Design;
  readonly spectrum: Spectrum;
  readonly ridge: number;
  readonly variances: SlopeVariances;
}

/**
 * Posterior slopes with their variances as a belief: each module's and each unit's term keeps the share of its variance
 * that the observations left, 1 - v f^T (K + ridge I)^-1 f for a term of variance v and features f. Correlations between
 * terms are dropped.
 */
export function narrowedBelief(
  units: UnitTable,
  before: SlopeBelief,
  slopes: Float64Array,
  posterior: Posterior,
): SlopeBelief {
  const { design, variances } = posterior;
  const moduleSpread = before.moduleSpread.slice();
  const ofModules = quadraticForms(design.moduleSums, posterior);
  for (const [m, module] of units.modules.entries()) {
    const spread = before.moduleSpread[m] as number;
    moduleSpread[m] = spread * remaining(variances[module.block].module * spread * (ofModules[m] as number));
  }
  const unitSpread = before.unitSpread.slice();
  for (const kind of BLOCK_KINDS) {
    const { ids, values } = design.columns[kind];
    const ofUnits = quadraticForms(values, posterior);
    for (const [row, id] of ids.entries()) {
      const spread = before.unitSpread[id] as number;
      unitSpread[id] = spread * remaining(variances[kind].unit * (ofUnits[row] as number));
    }
  }
  return { mean: slopes, unitSpread, moduleSpread };
}

/** Rounding must not make a variance zero or negative. */
function remaining(explained: number): number {
  return Math.max(1e-6, 1 - explained);
}

/** f^T (K + ridge I)^-1 f for every row f. */
function quadraticForms(features: Matrix, { spectrum, ridge }: Posterior): Float64Array {
  const { size, values, vectors } = spectrum;
  const rotated = timesTransposed(features, transpose({ rows: size, columns: size, values: vectors }));
  const forms = new Float64Array(features.rows);
  for (let r = 0; r < features.rows; r++) {
    let sum = 0;
    for (let k = 0; k < size; k++)
      sum += (rotated.values[r * size + k] as number) ** 2 / ((values[k] as number) + ridge);
    forms[r] = sum;
  }
  return forms;
}
