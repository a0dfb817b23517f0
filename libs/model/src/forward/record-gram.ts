import type { Matrix } from '@bonsai/ops';
import type { WorkQueue } from './work-queue.ts';

/** Records what `gram` sums by rows of sums: all of them may be more work than some drivers let a submit take. */
export function recordGram(queue: WorkQueue, sums: Matrix, x: Matrix, y: Matrix, windowLength: number): Promise<void> {
  // Of a matrix with itself half, on average over the rows.
  const flopsPerRow = (x === y ? 1 : 2) * x.rows * sums.cols;
  return queue.byRows(sums.rows, flopsPerRow, (recorder, range) => recorder.gram(sums, x, y, windowLength, range));
}
