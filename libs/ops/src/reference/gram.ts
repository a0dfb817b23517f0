import type { HostMatrix } from '../backend.ts';
import { requireShape } from './shapes.ts';

/** gram += x^T x, window after window. */
export function gram(gram: HostMatrix, x: HostMatrix, windowLength: number): void {
  requireShape(gram, x.cols, x.cols, 'gram', 'gram');
  for (let first = 0; first < x.rows; first += windowLength) {
    addRows(gram, x, first, Math.min(x.rows, first + windowLength));
  }
}

function addRows(gram: HostMatrix, x: HostMatrix, first: number, end: number): void {
  for (let i = 0; i < x.cols; i++) {
    for (let j = 0; j < x.cols; j++) {
      let sum = 0;
      for (let r = first; r < end; r++) {
        sum += (x.data[r * x.cols + i] as number) * (x.data[r * x.cols + j] as number);
      }
      gram.data[i * x.cols + j] = (gram.data[i * x.cols + j] as number) + sum;
    }
  }
}
