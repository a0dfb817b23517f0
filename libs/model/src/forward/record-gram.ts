import type { Matrix } from '@bonsai/ops';
import type { WorkQueue } from './work-queue.ts';

/** Records sums += x^T y by rows of sums: all of them may be more work than some drivers let a submit take. */
export function recordGram(queue: WorkQueue, sums: Matrix, x: Matrix, y: Matrix, windowLength: number): Promise<void> {
  return queue.byRows(sums.rows, 2 * x.rows * sums.cols, (recorder, range) =>
    recorder.gram(sums, x, y, windowLength, range),
  );
}
