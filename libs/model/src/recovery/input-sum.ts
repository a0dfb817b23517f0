import type { Matrix } from '@bonsai/ops';
import type { RecoveryMethod } from '@bonsai/pruning';
import type { BandedSum } from '../forward/banded-sum.ts';
import { recordGram } from '../forward/record-gram.ts';
import type { WorkQueue } from '../forward/work-queue.ts';

/** What is summed over the tokens of what a whole block hands to its output projection. */
export interface InputSum {
  /** Rows of the sum, whose columns are those of the projection. */
  readonly rows: (columns: number) => number;
  readonly add: (queue: WorkQueue, sum: BandedSum, x: Matrix, windowLength: number) => Promise<void>;
}

/** Sum of x x^T, up to the diagonal. */
const GRAM: InputSum = {
  rows: (columns) => columns,
  add: (queue, sum, x, windowLength) => recordGram(queue, sum, x, x, windowLength),
};

/** Sums of |x|, x and x^2, a row each. */
const COLUMN_SUMS: InputSum = {
  rows: () => 3,
  add: async ({ recorder }, { bands }, x, windowLength) => {
    for (const { matrix } of bands) recorder.columnSums(matrix, x, windowLength);
  },
};

const SUMS: Readonly<Record<RecoveryMethod, InputSum>> = {
  leastSquares: GRAM,
  alignedLeastSquares: GRAM,
  bias: COLUMN_SUMS,
};

/** What a method fits to. */
export const inputSumOf = (method: RecoveryMethod): InputSum => SUMS[method];
