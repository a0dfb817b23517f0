import type { Stepwise } from './stepwise.ts';

/** A square matrix, row-major, in f64. */
export interface SquareMatrix {
  readonly size: number;
  readonly data: Float64Array;
}

/**
 * Lower triangle L with A + ridge I = L L^T; the upper triangle of the result is zero. A step is a row of L.
 * @throws RangeError if that is not positive definite
 */
export function* cholesky(matrix: SquareMatrix, ridge = 0): Stepwise<SquareMatrix> {
  const { size } = matrix;
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    factorRow(matrix, ridge, lower, i);
    yield (i * i) / 2;
  }
  return { size, data: lower };
}

function factorRow({ size, data }: SquareMatrix, ridge: number, lower: Float64Array, i: number): void {
  for (let j = 0; j < i; j++) {
    let sum = data[i * size + j] as number;
    for (let k = 0; k < j; k++) sum -= (lower[i * size + k] as number) * (lower[j * size + k] as number);
    lower[i * size + j] = sum / (lower[j * size + j] as number);
  }
  let pivot = (data[i * size + i] as number) + ridge;
  for (let k = 0; k < i; k++) pivot -= (lower[i * size + k] as number) * (lower[i * size + k] as number);
  if (!(pivot > 0)) throw new RangeError(`the matrix is not positive definite: pivot ${i} is ${pivot}`);
  lower[i * size + i] = Math.sqrt(pivot);
}

/** L^-1 of a lower triangle L. A step is a row of it. */
export function* invertLower(lower: SquareMatrix): Stepwise<SquareMatrix> {
  const { size } = lower;
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    invertRow(lower, inverse, i);
    yield (i * i) / 2;
  }
  return { size, data: inverse };
}

/** Row i of the inverse from the rows above it: (e_i - sum_k L_ik row_k) / L_ii, rows read from left to right. */
function invertRow({ size, data }: SquareMatrix, inverse: Float64Array, i: number): void {
  const row = inverse.subarray(i * size, (i + 1) * size);
  const pivot = data[i * size + i] as number;
  for (let k = 0; k < i; k++) {
    const factor = data[i * size + k] as number;
    for (let j = 0; j <= k; j++) row[j] = (row[j] as number) - factor * (inverse[k * size + j] as number);
  }
  for (let j = 0; j < i; j++) row[j] = (row[j] as number) / pivot;
  row[i] = 1 / pivot;
}

/** Block `columns x columns` of A^-1 = (L^-1)^T L^-1. @param first first column of the block */
export function inverseBlock({ size, data }: SquareMatrix, first: number, columns: number): SquareMatrix {
  const block = new Float64Array(columns * columns);
  for (let i = first; i < size; i++) {
    const row = data.subarray(i * size + first, i * size + first + columns);
    for (let a = 0; a < columns; a++) {
      const factor = row[a] as number;
      for (let b = 0; b <= a; b++) {
        block[a * columns + b] = (block[a * columns + b] as number) + factor * (row[b] as number);
      }
    }
  }
  for (let a = 0; a < columns; a++) {
    for (let b = 0; b < a; b++) block[b * columns + a] = block[a * columns + b] as number;
  }
  return { size: columns, data: block };
}
