import { describe, expect, it } from '@jest/globals';
import type { Matrix } from '@bonsai/ops';
import { countingBackend } from '../testing/counting-backend.ts';
import { recordGram } from './record-gram.ts';
import { WorkQueue } from './work-queue.ts';

const shaped = (rows: number, cols: number): Matrix => ({ rows, cols, release: () => undefined });

describe('recordGram', () => {
  it('does not leave the sums over a wide block to one submit', async () => {
    let submits = 0;
    const submit = (): Promise<void> => {
      submits++;
      return Promise.resolve();
    };
    const queue = new WorkQueue({ ...countingBackend().backend, submit }, {});
    const x = shaped(8192, 14_336);
    await recordGram(queue, shaped(14_336, 14_336), x, x, 2048);
    expect(submits).toBeGreaterThan(2);
  });
});
