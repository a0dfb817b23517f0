import type { HostMatrix, RowRange } from '../backend.ts';
import { requireRowRange, requireShape } from '../op-shapes.ts';

/** sums += x^T y, window after window; up to the diagonal where y is x. */
export function gram(
  sums: HostMatrix,
  x: HostMatrix,
  y: HostMatrix,
  windowLength: number,
  range: RowRange = { first: 0, count: sums.rows },
): void {
  requireShape(sums, x.cols, y.cols, 'gram', 'sums');
  requireShape(y, x.rows, y.cols, 'gram', 'y');
  requireRowRange(range, sums.rows, 'gram');
  for (let first = 0; first < x.rows; first += windowLength) {
    addRows(sums, range, x, y, { first, end: Math.min(x.rows, first + windowLength) });
  }
}

function addRows(
  sums: HostMatrix,
  range: RowRange,
  x: HostMatrix,
  y: HostMatrix,
  { first, end }: { readonly first: number; readonly end: number },
): void {
  for (let i = range.first; i < range.first + range.count; i++) {
    const columns = x === y ? i + 1 : y.cols;
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let r = first; r < end; r++) {
        sum += (x.data[r * x.cols + i] as number) * (y.data[r * y.cols + j] as number);
      }
      sums.data[i * y.cols + j] = (sums.data[i * y.cols + j] as number) + sum;
    }
  }
}
