import type { HostMatrix } from '@bonsai/ops';
import { cholesky } from '../statistics/cholesky.ts';
import type { SquareMatrix } from '../statistics/cholesky.ts';
import type { Stepwise } from '../statistics/stepwise.ts';

/**
 * Share of what is aimed at that brings the stream to that of the whole model, the rest is what the whole block makes of the inputs
 * that it gets now. Either alone does worse (docs/experiments.md, "What least squares aims at").
 */
export const ALIGNED_SHARE = 0.5;

export interface RefitProblem {
  /** Sum over tokens of x x^T, [columns, columns]: x is the input of the whole output projection W. */
  readonly gram: HostMatrix;
  /** W, [outputs, columns]. */
  readonly weight: HostMatrix;
  /** Columns that are left, ascending. */
  readonly kept: readonly number[];
  /** Share of the mean diagonal of H_KK that is added to it. */
  readonly ridge: number;
  /** Sum over tokens of x y^T, [columns, outputs], where y counts for {@link ALIGNED_SHARE} of what is aimed at. */
  readonly aim?: HostMatrix | undefined;
}

/**
 * The W' over the kept columns K whose outputs are closest to those of the whole W, by least squares over all tokens:
 * W' = W_K + W_R H_RK (H_KK + ridge)^-1, R being the removed columns and H the Gram matrix. The ridge draws W' towards W_K,
 * not towards 0: where nothing is removed nothing changes, and inputs that were hardly seen keep their weights. Where outputs
 * y are given, the closest to a mix of them and those of the whole W: the share s of y adds s (G_K - H_K: W^T)^T to W_R H_RK,
 * G being the sum of x y^T.
 *
 * H comes in f32, the rest is f64. Rounding of H moves an output by at most the order of 2^-24 sqrt(condition number), and
 * the ridge keeps that number below columns / ridge: 1e-4 for 10^4 columns.
 * @returns [outputs, kept]; W_K where H says nothing: all zeros, or not finite
 */
export function* refit(problem: RefitProblem): Stepwise<HostMatrix> {
  const { gram, weight, kept, ridge } = problem;
  const removed = removedColumns(weight.cols, kept);
  const refitted = columnsOf(weight, kept);
  const keptGram = subGram(gram, kept);
  const added = ridge * meanDiagonal(keptGram);
  if (removed.length === 0 || !(added > 0) || !Number.isFinite(added)) return refitted;
  const lower = yield* cholesky(keptGram, added);
  const lost = new Float64Array(kept.length);
  for (let row = 0; row < weight.rows; row++) {
    correlation(problem, row, removed, lost);
    if (problem.aim !== undefined) mixIn(problem, problem.aim, row, lost);
    solveInPlace(lower, lost);
    for (let i = 0; i < kept.length; i++) {
      refitted.data[row * kept.length + i] = (refitted.data[row * kept.length + i] as number) + (lost[i] as number);
    }
    yield kept.length * (kept.length + removed.length);
  }
  return refitted;
}

/** The named columns of a matrix. */
export function columnsOf({ rows, cols, data }: HostMatrix, columns: readonly number[]): HostMatrix {
  const taken = new Float32Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    for (const [i, column] of columns.entries()) taken[row * columns.length + i] = data[row * cols + column] as number;
  }
  return { rows, cols: columns.length, data: taken };
}

function removedColumns(columns: number, kept: readonly number[]): number[] {
  const isKept = new Set(kept);
  return Array.from({ length: columns }, (_, column) => column).filter((column) => !isKept.has(column));
}

function subGram(gram: HostMatrix, kept: readonly number[]): SquareMatrix {
  const size = kept.length;
  const data = new Float64Array(size * size);
  for (const [i, row] of kept.entries()) {
    for (const [j, column] of kept.entries()) data[i * size + j] = gram.data[row * gram.cols + column] as number;
  }
  return { size, data };
}

function meanDiagonal({ size, data }: SquareMatrix): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += data[i * size + i] as number;
  return sum / size;
}

/** One row of W_C H_CK for some columns C. */
function correlation(
  { gram, weight, kept }: RefitProblem,
  row: number,
  columns: readonly number[],
  sum: Float64Array,
): void {
  sum.fill(0);
  for (const column of columns) {
    const factor = weight.data[row * weight.cols + column] as number;
    const start = column * gram.cols;
    for (let i = 0; i < kept.length; i++) {
      sum[i] = (sum[i] as number) + factor * (gram.data[start + (kept[i] as number)] as number);
    }
  }
}

/** From W_R H_RK to (1 - s) W_R H_RK + s (G_K^T - W_K H_KK), one row of it. */
function mixIn(problem: RefitProblem, aim: HostMatrix, row: number, lost: Float64Array): void {
  const { kept } = problem;
  const own = new Float64Array(kept.length);
  correlation(problem, row, kept, own);
  for (let i = 0; i < kept.length; i++) {
    const missing = (aim.data[(kept[i] as number) * aim.cols + row] as number) - (own[i] as number);
    lost[i] = (1 - ALIGNED_SHARE) * (lost[i] as number) + ALIGNED_SHARE * missing;
  }
}

/** x of L L^T x = b. Both substitutions read L row by row. */
function solveInPlace({ size, data }: SquareMatrix, x: Float64Array): void {
  for (let i = 0; i < size; i++) {
    let value = x[i] as number;
    for (let k = 0; k < i; k++) value -= (data[i * size + k] as number) * (x[k] as number);
    x[i] = value / (data[i * size + i] as number);
  }
  for (let i = size - 1; i >= 0; i--) {
    const value = (x[i] as number) / (data[i * size + i] as number);
    x[i] = value;
    for (let k = 0; k < i; k++) x[k] = (x[k] as number) - (data[i * size + k] as number) * value;
  }
}
