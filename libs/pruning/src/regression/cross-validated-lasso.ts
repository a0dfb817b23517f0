import type { Matrix } from '../linear-algebra/matrix.ts';
import { kendallTau } from './kendall-tau.ts';
import { lassoPath, PENALTIES, predictLinear, type LinearModel } from './lasso-path.ts';

const FOLDS = 5;

export interface CrossValidatedModel {
  readonly model: LinearModel;
  /** Mean over folds of Kendall's tau between predictions of the chosen penalty and left-out responses. */
  readonly kendallTau: number;
}

/**
 * The published estimator's choice: the penalty with the highest mean Kendall tau over five folds of neighbouring rows,
 * then a fit to all rows. The folds are not shuffled, as in the published code.
 * @param features [columns, observations]
 */
export function crossValidatedLasso(features: Matrix, response: Float64Array): CrossValidatedModel {
  const n = response.length;
  const totals = new Float64Array(PENALTIES.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const from = Math.floor((fold * n) / FOLDS);
    const to = Math.floor(((fold + 1) * n) / FOLDS);
    const held = (i: number): boolean => i >= from && i < to;
    const trained = lassoPath(
      pickColumns(features, (i) => !held(i)),
      response.filter((_, i) => !held(i)),
    );
    const testFeatures = pickColumns(features, held);
    const testResponse = response.filter((_, i) => held(i));
    for (const [k, model] of trained.entries()) {
      totals[k] = (totals[k] as number) + kendallTau(testResponse, predictLinear(model, testFeatures)) / FOLDS;
    }
  }
  const best = totals.indexOf(totals.reduce((a, b) => Math.max(a, b), -Infinity));
  const model = lassoPath(features, response)[best];
  if (model === undefined) throw new RangeError('no penalty to choose from');
  return { model, kendallTau: totals[best] as number };
}

function pickColumns({ rows, columns, values }: Matrix, wanted: (column: number) => boolean): Matrix {
  const kept = Array.from({ length: columns }, (_, i) => i).filter(wanted);
  const out = new Float64Array(rows * kept.length);
  for (let r = 0; r < rows; r++) {
    for (const [c, i] of kept.entries()) out[r * kept.length + c] = values[r * columns + i] as number;
  }
  return { rows, columns: kept.length, values: out };
}
