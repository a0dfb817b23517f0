import type { Backend, Matrix } from '@bonsai/ops';
import type { RecoveryMethod } from '@bonsai/pruning';
import { BonsaiError } from '@bonsai/support';
import { recordGram } from '../forward/record-gram.ts';
import type { WorkQueue } from '../forward/work-queue.ts';

/** What is summed over the tokens of what a whole block hands to its output projection. */
export interface InputSum {
  /** Rows of the sum, whose columns are those of the projection. */
  readonly rows: (columns: number) => number;
  readonly add: (queue: WorkQueue, sum: Matrix, x: Matrix, windowLength: number) => Promise<void>;
}

/** Sum of x x^T, up to the diagonal. */
const GRAM: InputSum = {
  rows: (columns) => columns,
  add: (queue, sum, x, windowLength) => recordGram(queue, sum, x, x, windowLength),
};

/** Sums of |x|, x and x^2, a row each. */
const COLUMN_SUMS: InputSum = {
  rows: () => 3,
  add: async ({ recorder }, sum, x, windowLength) => recorder.columnSums(sum, x, windowLength),
};

const SUMS: Readonly<Record<RecoveryMethod, InputSum>> = {
  leastSquares: GRAM,
  alignedLeastSquares: GRAM,
  bias: COLUMN_SUMS,
};

/** What a method fits to. */
export const inputSumOf = (method: RecoveryMethod): InputSum => SUMS[method];

/** @throws BonsaiError SETTING_INVALID if no matrix of a device holds a sum of that size */
export function checkSum(
  { rows, cols }: { readonly rows: number; readonly cols: number },
  device: Pick<Backend, 'mostRows'>,
): void {
  if (rows <= device.mostRows(cols)) return;
  const message = `Recovery needs a ${rows} x ${cols} matrix, more than this device holds; recover by a bias, or not at all.`;
  throw new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'SETTING_INVALID' });
}
