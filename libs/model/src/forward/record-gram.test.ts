import { describe, expect, it } from '@jest/globals';
import { createReferenceBackend } from '@bonsai/ops/testing';
import type { Matrix } from '@bonsai/ops';
import { Holdings } from '../holdings.ts';
import { countingBackend } from '../testing/counting-backend.ts';
import { BandedSum } from './banded-sum.ts';
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
    const holding = { ...createReferenceBackend({ maxMatrixElements: 2 ** 27 }), matrix: shaped };
    const sums = BandedSum.zeros(holding, 14_336, 14_336, new Holdings());
    await recordGram(queue, sums, x, x, 2048);
    expect(submits).toBeGreaterThan(2);
  });
});
