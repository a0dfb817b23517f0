import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MASKS_PER_BATCH, planChunks } from './plan-chunks.ts';

describe('planChunks', () => {
  it('shares equally: 9 windows where 8 fit go as 5 and 4', () => {
    expect(planChunks(Array<number>(9).fill(10), 1, 80).chunks.map(({ windows }) => windows.length)).toEqual([5, 4]);
  });

  it('takes as many masks together as fit with all windows', () => {
    expect(planChunks([10, 10, 5], 7, 100)).toEqual({
      masksPerBatch: 4,
      chunks: [
        { windowLength: 5, windows: [2] },
        { windowLength: 10, windows: [0, 1] },
      ],
    });
  });

  it('takes no more masks together however short the windows are: each takes memory of its own', () => {
    expect(planChunks([2], 4096, 8192).masksPerBatch).toBe(MASKS_PER_BATCH);
    expect(planChunks([2], MASKS_PER_BATCH + 2, 8192).masksPerBatch).toBe(MASKS_PER_BATCH / 2 + 1);
  });

  it('covers every window once, in chunks of one length, and within the rows unless a single window is longer', () => {
    const lengths = fc.array(fc.integer({ min: 2, max: 9 }), { maxLength: 30 });
    fc.assert(
      fc.property(
        lengths,
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 1, max: 200 }),
        (windows, masks, rows) => {
          const { masksPerBatch, chunks } = planChunks(windows, masks, rows);
          expect(chunks.flatMap((chunk) => chunk.windows).sort((a, b) => a - b)).toEqual([...windows.keys()]);
          expect(masksPerBatch).toBeLessThanOrEqual(Math.max(1, masks));
          expect(masksPerBatch).toBeGreaterThan(0);
          for (const { windowLength, windows: members } of chunks) {
            expect(members.every((w) => windows[w] === windowLength)).toBe(true);
            const smallest = masksPerBatch === 1 && members.length === 1;
            expect(smallest || masksPerBatch * members.length * windowLength <= rows).toBe(true);
          }
        },
      ),
    );
  });
});
