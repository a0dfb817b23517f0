import { expect, it } from '@jest/globals';
import type { Backend } from '@bonsai/ops';
import { emptySet } from '@bonsai/pruning';
import { loadModel } from '../load/load-model.ts';
import { countingBackend } from '../testing/counting-backend.ts';
import { lossesOf, randomModel } from '../testing/random-model.ts';

/** Long enough that attention in one layer of a small model is a portion of work. */
const LENGTH = 40_000;

it('submits every layer by itself where attention to a long window is a portion of work', async () => {
  const { checkpoint, units } = randomModel(1, { contextLength: LENGTH });
  const { backend, submits } = countingBackend();
  // Computes nothing: it would take minutes.
  const idle: Backend = {
    ...backend,
    submit: (recorder) => backend.submit(backend.recorder()).finally(() => recorder.release()),
  };
  const model = await loadModel(idle, checkpoint, emptySet(units));
  await lossesOf(model, [new Uint32Array(LENGTH)], [emptySet(units)]);
  expect(submits()).toBeGreaterThanOrEqual(checkpoint.config.layerCount);
  model.release();
});
