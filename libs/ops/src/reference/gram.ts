import type { HostMatrix, RowRange } from '../backend.ts';
import { requireGramShapes, requireRowRange } from '../op-shapes.ts';

/** sums += the rows of x^T y behind the `above` first ones, window after window; up to the diagonal where y is x. */
export function gram(
  sums: HostMatrix,
  x: HostMatrix,
  y: HostMatrix,
  windowLength: number,
  range: RowRange = { first: 0, count: sums.rows },
  above = 0,
): void {
  requireGramShapes(sums, x, y, above, 'gram');
  requireRowRange(range, sums.rows, 'gram');
  for (let first = 0; first < x.rows; first += windowLength) {
    addRows({ sums, above }, range, x, y, { first, end: Math.min(x.rows, first + windowLength) });
  }
}

function addRows(
  { sums, above }: { readonly sums: HostMatrix; readonly above: number },
  range: RowRange,
  x: HostMatrix,
  y: HostMatrix,
  { first, end }: { readonly first: number; readonly end: number },
): void {
  for (let i = range.first; i < range.first + range.count; i++) {
    const own = above + i;
    const columns = x === y ? own + 1 : y.cols;
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let r = first; r < end; r++) {
        sum += (x.data[r * x.cols + own] as number) * (y.data[r * y.cols + j] as number);
      }
      sums.data[i * y.cols + j] = (sums.data[i * y.cols + j] as number) + sum;
    }
  }
}
