import type { Matrix } from '@bonsai/ops';
import type { BandedSum } from './banded-sum.ts';
import type { WorkQueue } from './work-queue.ts';

/** Records what `gram` sums by rows of sums: all of them may be more work than some drivers let a submit take. */
export async function recordGram(
  queue: WorkQueue,
  sums: BandedSum,
  x: Matrix,
  y: Matrix,
  windowLength: number,
): Promise<void> {
  // Of a matrix with itself half, on average over the rows.
  const flopsPerRow = (x === y ? 1 : 2) * x.rows * sums.cols;
  for (const { first, matrix } of sums.bands) {
    await queue.byRows(matrix.rows, flopsPerRow, (recorder, range) =>
      recorder.gram(matrix, x, y, windowLength, range, first),
    );
  }
}
