import type { HostMatrix } from '@bonsai/ops';
import { obsMultiplications } from '@bonsai/pruning';
import { factorizing, substitute } from '../linear-algebra/cholesky.ts';
import type { SquareMatrix } from '../linear-algebra/cholesky.ts';
import { atOnce, inSuccession, onePhase, rowPhase } from '../linear-algebra/phases.ts';
import type { Phase, Phases } from '../linear-algebra/phases.ts';
import { addRowProducts } from '../linear-algebra/row-products.ts';
import type { RowsView } from '../linear-algebra/row-products.ts';
import { sharedDoubles, sharedMatrix } from '../linear-algebra/shared-arrays.ts';

/** Columns of the inverse that are computed together, where no block is wider; and rows of H that are taken together. */
const AT_ONCE = 32;

export interface ObsProblem {
  /** Sum over tokens of x x^T, [columns, columns], up to the diagonal: x is the input of the output projection W. */
  readonly gram: HostMatrix;
  readonly tokens: number;
  /** W, [outputs, columns]. */
  readonly weight: HostMatrix;
  /** Share of the mean diagonal of H that is added to it. */
  readonly ridge: number;
  /** Columns of a block; each divides the widest, and that the columns of W. */
  readonly widths: readonly number[];
}

/**
 * Output energy that is lost when a block of neighbouring columns goes and the others are refitted by least squares: tr(W_G
 * [H^-1_GG]^-1 W_G^T) (Hassibi and Stork 1993), for every block of columns of W, in blocks of several widths; H is the mean of
 * x x^T with a ridge, which is factored once for all widths.
 */
export interface ObsWork extends Omit<ObsProblem, 'ridge'> {
  readonly kind: 'obsEnergies';
  readonly multiplications: number;
  /** What is added to the diagonal of H. */
  readonly added: number;
  /** Room for H and its factor. */
  readonly factor: SquareMatrix;
  /** By width: one energy per block; NaN if H is not finite. */
  readonly energies: readonly Float64Array[];
}

export function obsWork(problem: ObsProblem): ObsWork {
  const { gram, tokens, weight, ridge, widths } = problem;
  const size = gram.cols;
  const added = ridge * meanSquare(gram, tokens);
  // Without any input there is no output to lose.
  const energies = widths.map((width) => sharedDoubles(size / width).fill(added === 0 ? 0 : Number.NaN));
  return {
    kind: 'obsEnergies',
    gram: sharedMatrix(gram),
    tokens,
    weight: sharedMatrix(weight),
    widths,
    multiplications: isPlain(added) ? obsMultiplications(size) : 0,
    added,
    factor: { size, data: sharedDoubles(size ** 2) },
    energies,
  };
}

export function obsPhases(work: ObsWork): Phases {
  const { factor, added, widths } = work;
  if (!isPlain(added)) return inSuccession();
  const widest = Math.max(...widths);
  const together = widest * Math.ceil(AT_ONCE / widest);
  const inverting = rowPhase(factor.size, together, (first, count) => {
    for (let at = first; at < first + count; at += together) {
      fillEnergies(work, at, Math.min(together, first + count - at));
    }
  });
  return inSuccession(onePhase(takingMean(work)), factorizing(factor), onePhase(inverting));
}

const isPlain = (added: number): boolean => added > 0 && Number.isFinite(added);

/** H, of which the lower triangle is needed, with its ridge. */
function takingMean({ gram, tokens, added, factor: { size, data } }: ObsWork): Phase {
  return rowPhase(size, AT_ONCE, (first, count) => {
    for (let row = first; row < first + count; row++) {
      const start = row * size;
      for (let at = start; at <= start + row; at++) data[at] = (gram.data[at] as number) / tokens;
      data[start + row] = (data[start + row] as number) + added;
    }
  });
}

/** Of the blocks, in all widths, that some neighbouring columns make up. */
function fillEnergies({ factor, weight, widths, energies }: ObsWork, first: number, count: number): void {
  const inverse = inverseColumns(factor, first, count);
  for (const [i, width] of widths.entries()) {
    const columns = columnsFrom(weight, first, count);
    for (let column = 0; column < count; column += width) {
      const rows = { ...inverse, start: column * inverse.stride, count: width };
      const block = { ...columns, start: column };
      (energies[i] as Float64Array)[(first + column) / width] = traceOfSolved(inverseBlock(rows, first), block);
    }
  }
}

/** Columns of L^-1 as rows, [count, size]: x L^T = e_j for row j of them, which is 0 before column j. */
function inverseColumns(factor: SquareMatrix, first: number, count: number): RowsView {
  const { size } = factor;
  const rows = { data: new Float64Array(count * size), start: 0, stride: size, count };
  for (let j = 0; j < count; j++) rows.data[j * size + first + j] = 1;
  substitute(factor, rows, first);
  return rows;
}

/** A block on the diagonal of A^-1 = (L^-1)^T L^-1. @param rows its columns of L^-1, which are 0 before `first` */
function inverseBlock(rows: RowsView, first: number): SquareMatrix {
  const size = rows.count;
  const data = new Float64Array(size * size);
  const columns = { ...rows, start: rows.start + first };
  addRowProducts(
    { c: { data, start: 0, stride: size, count: size }, factor: 1, a: columns, b: columns },
    rows.stride - first,
  );
  return { size, data };
}

/** tr(W_G B^-1 W_G^T) = sum of squares of W_G M^-T with B = M M^T. @param columns W_G, which is solved in its place */
function traceOfSolved(block: SquareMatrix, columns: RowsView): number {
  atOnce(factorizing(block));
  substitute(block, columns);
  let sum = 0;
  for (let row = 0; row < columns.count; row++) {
    const start = columns.start + row * columns.stride;
    for (let at = start; at < start + block.size; at++) sum += (columns.data[at] as number) ** 2;
  }
  return sum;
}

/** Some columns of W as rows of their own, [outputs, count]. */
function columnsFrom({ rows, cols, data }: HostMatrix, first: number, count: number): RowsView {
  const columns = new Float64Array(rows * count);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < count; i++) columns[row * count + i] = data[row * cols + first + i] as number;
  }
  return { data: columns, start: 0, stride: count, count: rows };
}

/** Of an input: what is on the diagonal of H, on average. */
function meanSquare({ cols, data }: HostMatrix, tokens: number): number {
  let sum = 0;
  for (let i = 0; i < cols; i++) sum += (data[i * cols + i] as number) / tokens;
  return sum / cols;
}
