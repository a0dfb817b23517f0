import { addRowProducts } from './row-products.ts';
import type { RowsView } from './row-products.ts';
import { rowPhase } from './phases.ts';
import type { Phase, Phases } from './phases.ts';

/** A square matrix, row-major, in f64. */
export interface SquareMatrix {
  readonly size: number;
  readonly data: Float64Array;
}

/** Rows or columns that are substituted one by one; what they owe to all others is a product of rows. */
const BLOCK = 32;

/** The cause of an error stays what it is when the error comes from another thread, its class does not. */
const NOT_POSITIVE_DEFINITE = 'not positive definite';

/** Whether an error says that a matrix has no factor. */
export function isNotPositiveDefinite(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'cause' in error && error.cause === NOT_POSITIVE_DEFINITE;
}

/** Columns of the factor that are made together, from all columns before them. */
interface Panel {
  readonly matrix: SquareMatrix;
  readonly first: number;
  readonly width: number;
}

/**
 * Factors A = L L^T in the place of A, of which the lower triangle is read. What stays is L with its diagonal, and L^T above it, so
 * that substitution reads rows in both directions. The bits are the same in whatever order parts are run.
 * @throws RangeError from a phase, if A is not positive definite; see {@link isNotPositiveDefinite}
 */
export function factorizing(matrix: SquareMatrix): Phases {
  const steps = [subtractProducts, factorDiagonal, divideBelow] as const;
  return {
    count: steps.length * Math.ceil(matrix.size / BLOCK),
    phase(index) {
      const first = BLOCK * Math.floor(index / steps.length);
      const step = steps[index % steps.length] as (panel: Panel) => Phase;
      return step({ matrix, first, width: Math.min(BLOCK, matrix.size - first) });
    },
  };
}

/** Takes what the columns before the panel owe to it out of it: A_:J - L_: L_J^T. */
function subtractProducts({ matrix, first, width }: Panel): Phase {
  const b = rowsOf(matrix, first, width);
  return rowPhase(matrix.size - first, BLOCK, (row, count) => {
    const a = rowsOf(matrix, first + row, count);
    addRowProducts({ c: from(a, first), factor: -1, a, b }, first);
  });
}

function factorDiagonal(panel: Panel): Phase {
  const { matrix, first, width } = panel;
  const run = (): void => {
    for (let i = first; i < first + width; i++) factorRow(matrix, first, i);
    mirror(panel, first, width);
  };
  return { parts: 1, run };
}

/** L_:J = A_:J L_JJ^-T for the rows below the diagonal block. */
function divideBelow(panel: Panel): Phase {
  const { matrix, first, width } = panel;
  const below = first + width;
  return rowPhase(matrix.size - below, BLOCK, (row, count) => {
    const rows = rowsOf(matrix, below + row, count);
    for (let i = 0; i < count; i++) {
      for (let j = first; j < below; j++) divide(matrix, rows, i, j, first, j);
    }
    mirror(panel, below + row, count);
  });
}

/** Copies some rows of a panel to where their transpose is, which is above the diagonal. */
function mirror({ matrix: { size, data }, first, width }: Panel, row: number, count: number): void {
  for (let j = first; j < first + width; j++) {
    for (let i = Math.max(row, j + 1); i < row + count; i++) data[j * size + i] = data[i * size + j] as number;
  }
}

/** Row i of a block on the diagonal, from which the products of the columns before the block are gone. */
function factorRow({ size, data }: SquareMatrix, first: number, i: number): void {
  for (let j = first; j < i; j++) {
    data[i * size + j] = remainder(data, i * size, j * size, first, j) / (data[j * size + j] as number);
  }
  const pivot = remainder(data, i * size, i * size, first, i);
  if (!(pivot > 0)) {
    throw new RangeError(`the matrix is not positive definite: pivot ${i} is ${pivot}`, {
      cause: NOT_POSITIVE_DEFINITE,
    });
  }
  data[i * size + i] = Math.sqrt(pivot);
}

/** Number j of row a without the products of rows a and b from column `first` on. */
function remainder(data: Float64Array, a: number, b: number, first: number, j: number): number {
  let sum = data[a + j] as number;
  for (let k = first; k < j; k++) sum -= (data[a + k] as number) * (data[b + k] as number);
  return sum;
}

/**
 * Solves y L^T = x for every row x, in its place.
 * @param factor what {@link factorizing} leaves
 * @param first column before which every x is 0
 */
export function substitute(factor: SquareMatrix, x: RowsView, first = 0): void {
  const { size } = factor;
  for (let left = first; left < size; left += BLOCK) {
    const right = Math.min(left + BLOCK, size);
    const rows = rowsOf(factor, left, right - left);
    addRowProducts({ c: from(x, left), factor: -1, a: from(x, first), b: from(rows, first) }, left - first);
    for (let row = 0; row < x.count; row++) {
      for (let j = left; j < right; j++) divide(factor, x, row, j, left, j);
    }
  }
}

/** Solves z L = y for every row y, in its place. @param factor what {@link factorizing} leaves */
export function substituteBack(factor: SquareMatrix, y: RowsView): void {
  const { size } = factor;
  for (let right = size; right > 0; right -= BLOCK) {
    const left = Math.max(0, right - BLOCK);
    const rows = rowsOf(factor, left, right - left);
    addRowProducts({ c: from(y, left), factor: -1, a: from(y, right), b: from(rows, right) }, size - right);
    for (let row = 0; row < y.count; row++) {
      for (let j = right - 1; j >= left; j--) divide(factor, y, row, j, j + 1, right);
    }
  }
}

/** Number j of a row, without its products with row j of the factor over some columns, through the diagonal. */
function divide({ size, data }: SquareMatrix, x: RowsView, row: number, j: number, first: number, end: number): void {
  const start = x.start + row * x.stride;
  let value = x.data[start + j] as number;
  for (let k = first; k < end; k++) value -= (data[j * size + k] as number) * (x.data[start + k] as number);
  x.data[start + j] = value / (data[j * size + j] as number);
}

const rowsOf = ({ size, data }: SquareMatrix, first: number, count: number): RowsView => ({
  data,
  start: first * size,
  stride: size,
  count,
});

/** The same rows from a later column on. */
const from = (rows: RowsView, column: number): RowsView => ({ ...rows, start: rows.start + column });
