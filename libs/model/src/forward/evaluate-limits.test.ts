import { describe, expect, it } from '@jest/globals';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { emptySet } from '@bonsai/pruning';
import { BonsaiError } from '@bonsai/support';
import { loadModel } from '../load/load-model.ts';
import { lossesOf, randomModel } from '../testing/random-model.ts';

const random = randomModel(1);
const { checkpoint, units } = random;
const empty = emptySet(units);
const everything = emptySet(units).fill(1);

describe('evaluate refuses', () => {
  it.each([
    ['a mask of the wrong length', [Uint32Array.of(1, 2)], [empty, empty.subarray(1)], 'MASK_LENGTH', 'masks[1]'],
    ['a mask of everything', [Uint32Array.of(1, 2)], [everything], 'MASK_REMOVES_EVERYTHING', 'masks[0]'],
    [
      'a token outside the vocabulary',
      [Uint32Array.of(1, 2), Uint32Array.of(0, 5, 37)],
      [empty],
      'TOKEN_OUT_OF_RANGE',
      'windows[1].token_ids[2]',
    ],
    ['a window of one token', [Uint32Array.of(1)], [empty], 'WINDOW_LENGTH', 'windows[0].token_ids'],
    ['a window longer than the context', [new Uint32Array(17)], [empty], 'WINDOW_LENGTH', 'windows[0].token_ids'],
  ])('%s', async (_, windows, masks, reason, field) => {
    const model = await loadModel(createReferenceBackend(), checkpoint, empty);
    await expect(lossesOf(model, windows, masks)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', reason, field });
  });

  it('a mask that removes all that a cut had left', async () => {
    const cut = Uint8Array.from(everything);
    cut[3] = 0;
    const mask = emptySet(units);
    mask[3] = 1;
    const model = await loadModel(createReferenceBackend(), checkpoint, cut);
    await expect(lossesOf(model, random.windows, [mask])).rejects.toMatchObject({ reason: 'MASK_REMOVES_EVERYTHING' });
  });

  it('a window that does not fit the device, but divides several that do', async () => {
    // 48 columns of queries, keys and values are the widest activation.
    const backend = createReferenceBackend({ maxMatrixElements: 10 * 48 });
    const model = await loadModel(backend, checkpoint, empty);
    await expect(lossesOf(model, random.windows, [empty])).rejects.toMatchObject({
      reason: 'WINDOW_LENGTH',
      field: 'windows[1]',
    });
    const short = random.windows.filter(({ length }) => length <= 10);
    const roomy = await loadModel(createReferenceBackend(), checkpoint, empty);
    const masks = [empty, random.randomSet(0.5)];
    expect(await lossesOf(model, short, masks)).toEqual(await lossesOf(roomy, short, masks));
  });
});

describe('evaluate gives back what it took', () => {
  it('when it is done, when its consumer leaves, and when it is cancelled', async () => {
    const backend = createReferenceBackend();
    const model = await loadModel(backend, checkpoint, random.randomSet(0.3), { rowsPerChunk: 60 });
    const weights = backend.memory.used;
    const masks = [0.1, 0.2, 0.3, 0.4].map(random.randomSet);
    await lossesOf(model, random.windows, masks);
    expect(backend.memory.used).toBe(weights);

    for await (const { index } of model.evaluate(random.windows, masks)) if (index === 1) break;
    expect(backend.memory.used).toBe(weights);

    const controller = new AbortController();
    const evaluation = model.evaluate(random.windows, masks, controller);
    expect((await evaluation.next()).value).toMatchObject({ index: 0 });
    controller.abort();
    await expect(evaluation.next()).rejects.toMatchObject({ code: 'CANCELLED', reason: 'CANCELLED' });
    expect(backend.memory.used).toBe(weights);

    model.release();
    expect(backend.memory.used).toBe(0);
    expect(backend.memory.peak).toBeGreaterThan(weights);
  });

  it('and passes on why it was stopped', async () => {
    const model = await loadModel(createReferenceBackend(), checkpoint, empty);
    const late = new BonsaiError('too late', { code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' });
    await expect(model.evaluate(random.windows, [empty], { signal: AbortSignal.abort(late) }).next()).rejects.toBe(
      late,
    );
  });
});
