import { inverseShifted, type Spectrum } from '../linear-algebra/eigen.ts';
import type { Matrix } from '../linear-algebra/matrix.ts';
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
  const inverse = inverseShifted(posterior.spectrum, posterior.ridge);
  const moduleSpread = before.moduleSpread.slice();
  const ofModules = quadraticForms(design.moduleSums, inverse);
  for (const [m, module] of units.modules.entries()) {
    const spread = before.moduleSpread[m] as number;
    moduleSpread[m] = spread * remaining(variances[module.block].module * spread * (ofModules[m] as number));
  }
  const unitSpread = before.unitSpread.slice();
  for (const kind of BLOCK_KINDS) {
    const { ids, values } = design.columns[kind];
    const ofUnits = quadraticForms(values, inverse);
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

/** f^T M f for every row f. Units are as many as a model has, and in some masks only: zeros are passed over. */
function quadraticForms({ rows, columns, values }: Matrix, matrix: Float64Array): Float64Array {
  const forms = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const row = values.subarray(r * columns, (r + 1) * columns);
    const present = [...row.keys()].filter((i) => row[i] !== 0);
    forms[r] = quadraticForm(row, present, matrix);
  }
  return forms;
}

function quadraticForm(f: Matrix['values'], present: readonly number[], matrix: Float64Array): number {
  let form = 0;
  for (const i of present) {
    let sum = 0;
    for (const j of present) sum += (matrix[i * f.length + j] as number) * (f[j] as number);
    form += (f[i] as number) * sum;
  }
  return form;
}
