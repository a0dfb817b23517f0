import { addRowProducts } from './row-products.ts';
import type { RowsView } from './row-products.ts';
import type { Stepwise } from './stepwise.ts';

/** A square matrix, row-major, in f64. */
export interface SquareMatrix {
  readonly size: number;
  readonly data: Float64Array;
}

/** L and L^T of A = L L^T in one square: L with its diagonal, and L^T above, so that substitution reads rows in both directions. */
export interface CholeskyFactor extends SquareMatrix {
  readonly isFactor: true;
}

/** Rows or columns that are substituted one by one; what they owe to all others is a product of rows. */
const BLOCK = 32;

/**
 * Factors A + ridge I in the place of A, of which the lower triangle is read. A step is a part of a block of rows.
 * @throws RangeError if that is not positive definite
 */
export function* factorize(matrix: SquareMatrix, ridge = 0): Stepwise<CholeskyFactor> {
  const factor: CholeskyFactor = { ...matrix, isFactor: true };
  const { size, data } = factor;
  for (let first = 0; first < size; first += BLOCK) {
    const rows = rowsOf(factor, first, Math.min(BLOCK, size - first));
    for (let i = first; i < first + rows.count; i++) data[i * size + i] = (data[i * size + i] as number) + ridge;
    // L_i: (L_:i)^T = A_i: for the rows of L that are there.
    yield* substitute(factor, rows, 0, first);
    addRowProducts({ c: from(rows, first), factor: -1, a: rows, b: rows }, first);
    for (let i = first; i < first + rows.count; i++) factorRow(factor, first, i);
    for (let i = first; i < first + rows.count; i++) {
      for (let j = 0; j < i; j++) data[j * size + i] = data[i * size + j] as number;
    }
    yield rows.count ** 2 * (first + rows.count);
  }
  return factor;
}

/** Row i of a block on the diagonal, from which the products of the columns before the block are gone. */
function factorRow({ size, data }: SquareMatrix, first: number, i: number): void {
  for (let j = first; j < i; j++) {
    data[i * size + j] = remainder(data, i * size, j * size, first, j) / (data[j * size + j] as number);
  }
  const pivot = remainder(data, i * size, i * size, first, i);
  if (!(pivot > 0)) throw new RangeError(`the matrix is not positive definite: pivot ${i} is ${pivot}`);
  data[i * size + i] = Math.sqrt(pivot);
}

/** Number j of row a without the products of rows a and b from column `first` on. */
function remainder(data: Float64Array, a: number, b: number, first: number, j: number): number {
  let sum = data[a + j] as number;
  for (let k = first; k < j; k++) sum -= (data[a + k] as number) * (data[b + k] as number);
  return sum;
}

/**
 * Solves y L^T = x for every row x, in its place. A step is a block of columns.
 * @param first column before which every x is 0
 * @param end column at which to stop
 */
export function* substitute(factor: CholeskyFactor, x: RowsView, first = 0, end = factor.size): Stepwise<void> {
  for (let left = first; left < end; left += BLOCK) {
    const right = Math.min(left + BLOCK, end);
    const rows = rowsOf(factor, left, right - left);
    addRowProducts({ c: from(x, left), factor: -1, a: from(x, first), b: from(rows, first) }, left - first);
    for (let row = 0; row < x.count; row++) {
      for (let j = left; j < right; j++) divide(factor, x, row, j, left, j);
    }
    yield x.count * (right - left) * (right - first);
  }
}

/** Solves z L = y for every row y, in its place. A step is a block of columns. */
export function* substituteBack(factor: CholeskyFactor, y: RowsView): Stepwise<void> {
  const { size } = factor;
  for (let right = size; right > 0; right -= BLOCK) {
    const left = Math.max(0, right - BLOCK);
    const rows = rowsOf(factor, left, right - left);
    addRowProducts({ c: from(y, left), factor: -1, a: from(y, right), b: from(rows, right) }, size - right);
    for (let row = 0; row < y.count; row++) {
      for (let j = right - 1; j >= left; j--) divide(factor, y, row, j, j + 1, right);
    }
    yield y.count * (right - left) * (size - left);
  }
}

/** Number j of a row, without its products with row j of the factor over some columns, through the diagonal. */
function divide({ size, data }: CholeskyFactor, x: RowsView, row: number, j: number, first: number, end: number): void {
  const start = x.start + row * x.stride;
  let value = x.data[start + j] as number;
  for (let k = first; k < end; k++) value -= (data[j * size + k] as number) * (x.data[start + k] as number);
  x.data[start + j] = value / (data[j * size + j] as number);
}

/** Sum of what is on the diagonal, by its length. */
export function meanDiagonal({ size, data }: SquareMatrix): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += data[i * size + i] as number;
  return sum / size;
}

const rowsOf = ({ size, data }: SquareMatrix, first: number, count: number): RowsView => ({
  data,
  start: first * size,
  stride: size,
  count,
});

/** The same rows from a later column on. */
const from = (rows: RowsView, column: number): RowsView => ({ ...rows, start: rows.start + column });
