import type { HostMatrix } from '@bonsai/ops';
import { refitMultiplications } from '@bonsai/pruning';
import { factorizing, substitute, substituteBack } from '../linear-algebra/cholesky.ts';
import type { SquareMatrix } from '../linear-algebra/cholesky.ts';
import { inSuccession, onePhase, rowPhase } from '../linear-algebra/phases.ts';
import type { Phase, Phases } from '../linear-algebra/phases.ts';
import { addRowProducts } from '../linear-algebra/row-products.ts';
import type { RowsView } from '../linear-algebra/row-products.ts';
import { sharedDoubles, sharedIndices, sharedMatrix } from '../linear-algebra/shared-arrays.ts';

/** Rows of the weight that are solved for together; rows of H that are taken, and columns of it multiplied by, together. */
const [OUTPUTS_AT_ONCE, AT_ONCE] = [64, 32];

/**
 * Share of what is aimed at that brings the stream to that of the whole model, the rest is what the whole block makes of the inputs
 * that it gets now. Either alone does worse (docs/experiments.md, "What least squares aims at").
 */
const ALIGNED_SHARE = 0.5;

export interface RefitProblem {
  /**
   * Sum over tokens of x x^T, [columns, columns], up to the diagonal: x is the input of the whole output projection W. What is
   * right of the diagonal is filled in.
   */
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
 */
export interface RefitWork extends Pick<RefitProblem, 'gram' | 'weight' | 'aim'> {
  readonly kind: 'refit';
  readonly multiplications: number;
  readonly kept: Int32Array;
  /** What is added to the diagonal of H_KK. */
  readonly added: number;
  /** Room for H_KK and its factor. */
  readonly factor: SquareMatrix;
  /** [outputs, kept]; W_K before all phases, and behind them where H says nothing: all zeros, or not finite. */
  readonly refitted: HostMatrix;
}

export function refitWork({ gram, weight, kept, ridge, aim }: RefitProblem): RefitWork {
  const size = kept.length;
  const added = ridge * meanDiagonal(gram, kept);
  const work = {
    kind: 'refit' as const,
    gram: sharedMatrix(gram),
    weight: sharedMatrix(weight),
    aim: aim && sharedMatrix(aim),
    kept: sharedIndices(kept),
    added,
    factor: { size, data: sharedDoubles(size ** 2) },
    refitted: sharedMatrix(columnsOf(weight, kept)),
  };
  const multiplications = isFitted(work) ? refitMultiplications(size, weight.cols, weight.rows) : 0;
  return { ...work, multiplications };
}

export function refitPhases(work: RefitWork): Phases {
  const { factor, weight } = work;
  if (!isFitted(work)) return inSuccession();
  const solving = rowPhase(weight.rows, OUTPUTS_AT_ONCE, (first, count) => {
    solveFor(work, first, count);
  });
  return inSuccession(onePhase(mirroring(work)), onePhase(takingKept(work)), factorizing(factor), onePhase(solving));
}

type Fitting = Pick<RefitWork, 'weight' | 'kept' | 'added'>;

function isFitted({ weight, kept, added }: Fitting): boolean {
  return kept.length < weight.cols && added > 0 && Number.isFinite(added);
}

/** H, to have it by rows. */
function mirroring({ gram: { cols: size, data } }: RefitWork): Phase {
  return rowPhase(size, AT_ONCE, (first, count) => {
    for (let column = first + 1; column < size; column++) {
      const end = Math.min(column, first + count);
      for (let row = first; row < end; row++) data[row * size + column] = data[column * size + row] as number;
    }
  });
}

/** H_KK, of which the lower triangle is needed, with the ridge. */
function takingKept({ gram, kept, added, factor: { size, data } }: RefitWork): Phase {
  return rowPhase(size, AT_ONCE, (first, count) => {
    for (let i = first; i < first + count; i++) {
      const row = (kept[i] as number) * gram.cols;
      for (let j = 0; j <= i; j++) data[i * size + j] = gram.data[row + (kept[j] as number)] as number;
      data[i * size + i] = (data[i * size + i] as number) + added;
    }
  });
}

function solveFor(work: RefitWork, first: number, count: number): void {
  const { factor, refitted } = work;
  const lost = lostOf(work, first, count);
  substitute(factor, lost);
  substituteBack(factor, lost);
  const start = first * refitted.cols;
  for (let i = 0; i < lost.data.length; i++) {
    refitted.data[start + i] = (refitted.data[start + i] as number) + (lost.data[i] as number);
  }
}

/** The named columns of a matrix. */
export function columnsOf({ rows, cols, data }: HostMatrix, columns: readonly number[]): HostMatrix {
  const taken = new Float32Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns.length; i++) {
      taken[row * columns.length + i] = data[row * cols + (columns[i] as number)] as number;
    }
  }
  return { rows, cols: columns.length, data: taken };
}

/** Of H_KK. */
function meanDiagonal({ cols, data }: HostMatrix, kept: readonly number[]): number {
  return kept.reduce((sum, column) => sum + (data[column * cols + column] as number), 0) / kept.length;
}

/**
 * Some rows of W_R H_RK or, where outputs are given, of (1 - s) W_R H_RK + s (G_K^T - W_K H_KK): both are a product of all
 * columns, each of its own share, with H_:K.
 */
function lostOf(work: RefitWork, first: number, count: number): RowsView {
  const { gram, kept, aim } = work;
  const shares = { data: sharesOf(work, first, count), start: 0, stride: gram.cols, count };
  const lost = { data: new Float64Array(count * kept.length), start: 0, stride: kept.length, count };
  for (let left = 0; left < kept.length; left += AT_ONCE) {
    const columns = kept.subarray(left, left + AT_ONCE);
    addRowProducts({ c: { ...lost, start: left }, factor: 1, a: shares, b: rowsOf(gram, columns) }, gram.cols);
  }
  if (aim !== undefined) addAim(lost, aim, kept, first);
  return lost;
}

/** W with its columns weighted: removed ones are lost, kept ones are aimed away from where outputs are given. */
function sharesOf({ weight, kept, aim }: RefitWork, first: number, count: number): Float64Array {
  const { cols } = weight;
  const share = new Float64Array(cols).fill(aim === undefined ? 1 : 1 - ALIGNED_SHARE);
  for (const column of kept) share[column] = aim === undefined ? 0 : -ALIGNED_SHARE;
  const rows = Float64Array.from(weight.data.subarray(first * cols, (first + count) * cols));
  for (let i = 0; i < rows.length; i++) rows[i] = (rows[i] as number) * (share[i % cols] as number);
  return rows;
}

function addAim(lost: RowsView, aim: HostMatrix, kept: Int32Array, first: number): void {
  for (const [i, column] of kept.entries()) {
    for (let row = 0; row < lost.count; row++) {
      const at = row * lost.stride + i;
      const given = aim.data[column * aim.cols + first + row] as number;
      lost.data[at] = (lost.data[at] as number) + ALIGNED_SHARE * given;
    }
  }
}

/** The named rows, in f64. */
function rowsOf({ cols, data }: HostMatrix, rows: Int32Array): RowsView {
  const taken = new Float64Array(rows.length * cols);
  for (const [i, row] of rows.entries()) taken.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  return { data: taken, start: 0, stride: cols, count: rows.length };
}
