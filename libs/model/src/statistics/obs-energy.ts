import type { HostMatrix } from '@bonsai/ops';
import { factorize, meanDiagonal, substitute } from '../linear-algebra/cholesky.ts';
import type { CholeskyFactor, SquareMatrix } from '../linear-algebra/cholesky.ts';
import { addRowProducts } from '../linear-algebra/row-products.ts';
import type { RowsView } from '../linear-algebra/row-products.ts';
import { atOnce } from '../linear-algebra/stepwise.ts';
import type { Stepwise } from '../linear-algebra/stepwise.ts';

/** Share of the mean diagonal that is added to H: the same that the least-squares repair adds. */
const RIDGE = 1e-2;

/** Columns of the inverse that are computed together, where no block is wider. */
const COLUMNS_AT_ONCE = 32;

/** A column of W misses the cache at every row, which takes as long as so many multiplications. */
const CACHE_MISS = 32;

/**
 * Output energy that is lost when a block of neighbouring columns goes and the others are refitted by least squares: tr(W_G
 * [H^-1_GG]^-1 W_G^T) (Hassibi and Stork 1993), for every block of columns of W, in blocks of several widths.
 * @param gram H, the mean of x x^T, [columns, columns]; factored in its place, once for all widths
 * @param weight W, [outputs, columns]
 * @param widths columns of a block; each divides the widest, and that the columns of W
 * @returns by width: one energy per block; NaN if H is not finite
 */
export function* obsEnergies(
  gram: SquareMatrix,
  weight: HostMatrix,
  widths: readonly number[],
): Stepwise<Float64Array[]> {
  const energies = widths.map((width) => new Float64Array(weight.cols / width));
  const ridge = RIDGE * meanDiagonal(gram);
  // Without any input there is no output to lose.
  if (ridge === 0) return energies;
  if (!Number.isFinite(ridge)) return energies.map((blocks) => blocks.fill(Number.NaN));
  const factor = yield* factorize(gram, ridge);
  const widest = Math.max(...widths);
  const count = widest * Math.ceil(COLUMNS_AT_ONCE / widest);
  for (let first = 0; first < gram.size; first += count) {
    const inverse = yield* inverseColumns(factor, first, Math.min(count, gram.size - first));
    for (const blocks of energies) yield* fillEnergies(blocks, inverse, weight, first);
  }
  return energies;
}

/** Columns of L^-1 as rows, [count, size]: x L^T = e_j for row j of them, which is 0 before column j. */
function* inverseColumns(factor: CholeskyFactor, first: number, count: number): Stepwise<RowsView> {
  const { size } = factor;
  const rows = { data: new Float64Array(count * size), start: 0, stride: size, count };
  for (let j = 0; j < count; j++) rows.data[j * size + first + j] = 1;
  yield* substitute(factor, rows, first);
  return rows;
}

/** Of the blocks that `inverse` has the columns of. A step is a block. */
function* fillEnergies(energies: Float64Array, inverse: RowsView, weight: HostMatrix, first: number): Stepwise<void> {
  const width = weight.cols / energies.length;
  for (let row = 0; row < inverse.count; row += width) {
    const rows = { ...inverse, start: row * inverse.stride, count: width };
    energies[(first + row) / width] = traceOfSolved(inverseBlock(rows, first), weight, first + row);
    yield width * (width * (inverse.stride - first + weight.rows) + CACHE_MISS * weight.rows);
  }
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

/** H from the sums of x x^T over tokens. A step is a row. */
export function* meanGram(sums: Float32Array, size: number, tokens: number): Stepwise<SquareMatrix> {
  const data = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let at = row * size; at < (row + 1) * size; at++) data[at] = (sums[at] as number) / tokens;
    yield size;
  }
  return { size, data };
}

/** tr(W_G B^-1 W_G^T) = sum of squares of W_G M^-T with B = M M^T. @param first of the columns G of W */
function traceOfSolved(block: SquareMatrix, weight: HostMatrix, first: number): number {
  const { size } = block;
  const solved = { data: columnsFrom(weight, first, size), start: 0, stride: size, count: weight.rows };
  atOnce(substitute(atOnce(factorize(block)), solved));
  return solved.data.reduce((sum, value) => sum + value * value, 0);
}

function columnsFrom({ rows, cols, data }: HostMatrix, first: number, count: number): Float64Array {
  const columns = new Float64Array(rows * count);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < count; i++) columns[row * count + i] = data[row * cols + first + i] as number;
  }
  return columns;
}
