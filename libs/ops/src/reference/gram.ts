import type { HostMatrix } from '../backend.ts';
import { requireShape } from '../op-shapes.ts';

/** sums += x^T y, window after window. */
export function gram(sums: HostMatrix, x: HostMatrix, y: HostMatrix, windowLength: number): void {
  requireShape(sums, x.cols, y.cols, 'gram', 'sums');
  requireShape(y, x.rows, y.cols, 'gram', 'y');
  for (let first = 0; first < x.rows; first += windowLength) {
    addRows(sums, x, y, { first, end: Math.min(x.rows, first + windowLength) });
  }
}

function addRows(
  sums: HostMatrix,
  x: HostMatrix,
  y: HostMatrix,
  { first, end }: { readonly first: number; readonly end: number },
): void {
  for (let i = 0; i < x.cols; i++) {
    for (let j = 0; j < y.cols; j++) {
      let sum = 0;
      for (let r = first; r < end; r++) {
        sum += (x.data[r * x.cols + i] as number) * (y.data[r * y.cols + j] as number);
      }
      sums.data[i * y.cols + j] = (sums.data[i * y.cols + j] as number) + sum;
    }
  }
}
