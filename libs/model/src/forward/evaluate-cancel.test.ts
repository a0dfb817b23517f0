import { describe, expect, it } from '@jest/globals';
import { emptySet } from '@bonsai/pruning';
import type { TransformerModel } from '../transformer-model.ts';
import { loadModel } from '../load/load-model.ts';
import { countingBackend } from '../testing/counting-backend.ts';
import { randomModel } from '../testing/random-model.ts';

const { checkpoint, units, windows } = randomModel(1);
const masks = [emptySet(units)];

type Work = (model: TransformerModel, signal: AbortSignal) => AsyncGenerator;

const works: readonly (readonly [string, Work])[] = [
  ['an evaluation of one mask', (model, signal) => model.evaluate(windows, masks, { signal })],
  ['a collection of statistics', (model, signal) => model.collectStatistics(windows, ['activation'], { signal })],
];

/** Submits in all, if the work is cancelled during the given one; the windows need several. */
async function submitsOf(work: Work, abortAt: number): Promise<{ submits: number; end: unknown }> {
  const controller = new AbortController();
  const { backend, submits } = countingBackend((count) => {
    if (count === abortAt) controller.abort();
  });
  const model = await loadModel(backend, checkpoint, emptySet(units), { rowsPerChunk: 16 });
  const running = work(model, controller.signal);
  const end = await running.next().catch((error: unknown) => error);
  await running.return(undefined);
  model.release();
  expect(backend.memory.used).toBe(0);
  return { submits: submits(), end };
}

describe.each(works)('%s', (_, work) => {
  it('submits nothing more once its signal aborts', async () => {
    const all = (await submitsOf(work, 0)).submits;
    expect(all).toBeGreaterThan(3);
    for (let abortAt = 1; abortAt < all; abortAt++) {
      const { submits, end } = await submitsOf(work, abortAt);
      expect(submits).toBe(abortAt);
      expect(end).toMatchObject({ code: 'CANCELLED', reason: 'CANCELLED' });
    }
  });
});
