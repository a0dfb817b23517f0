import type { HostMatrix } from '../backend.ts';
import { requireShape } from '../op-shapes.ts';

/** Adds, per column of x and window after window, sum |x| to row 0 of `sums`, sum x to row 1 and sum x^2 to row 2. */
export function columnSums(sums: HostMatrix, x: HostMatrix, windowLength: number): void {
  requireShape(sums, 3, x.cols, 'columnSums', 'sums');
  for (let first = 0; first < x.rows; first += windowLength) {
    addRows(sums, x, first, Math.min(x.rows, first + windowLength));
  }
}

function addRows(sums: HostMatrix, x: HostMatrix, first: number, end: number): void {
  for (let c = 0; c < x.cols; c++) {
    let absolute = 0;
    let plain = 0;
    let square = 0;
    for (let r = first; r < end; r++) {
      const value = x.data[r * x.cols + c] as number;
      absolute += Math.abs(value);
      plain += value;
      square += value * value;
    }
    addTo(sums, c, absolute);
    addTo(sums, x.cols + c, plain);
    addTo(sums, 2 * x.cols + c, square);
  }
}

function addTo(sums: HostMatrix, at: number, value: number): void {
  sums.data[at] = (sums.data[at] as number) + value;
}
