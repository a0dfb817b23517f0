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
 * then a fit to all rows. The folds are not shuffled, as in the published code. That descends from 0 by Adam and stops early; here
 * penalised least squares are solved to within some percent. Where columns are alike there are many solutions: they share theirs, as in any descent from 0.
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
  return {
    model: { ...model, coefficients: sharedAlike(features, model.coefficients) },
    kendallTau: totals[best] as number,
  };
}

/** Coefficients of which columns that are alike have an equal part. */
function sharedAlike({ columns, values }: Matrix, coefficients: Float64Array): Float64Array {
  const alike = new Map<string, { sum: number; count: number }>();
  const groups = Array.from(coefficients, (coefficient, j) => {
    const column = values.subarray(j * columns, (j + 1) * columns).join();
    const { sum, count } = alike.get(column) ?? { sum: 0, count: 0 };
    alike.set(column, { sum: sum + coefficient, count: count + 1 });
    return column;
  });
  return Float64Array.from(groups, (column) => {
    const { sum, count } = alike.get(column) ?? { sum: 0, count: 1 };
    return sum / count;
  });
}

function pickColumns({ rows, columns, values }: Matrix, wanted: (column: number) => boolean): Matrix {
  const kept = Array.from({ length: columns }, (_, i) => i).filter(wanted);
  const out = new Float64Array(rows * kept.length);
  for (let r = 0; r < rows; r++) {
    for (const [c, i] of kept.entries()) out[r * kept.length + c] = values[r * columns + i] as number;
  }
  return { rows, columns: kept.length, values: out };
}
