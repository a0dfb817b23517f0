import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { modelShape, openCheckpoint, type Checkpoint } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import { loadModel, type TransformerModel } from '@bonsai/model';
import type { Backend } from '@bonsai/ops';
import { emptySet, UnitTable, type UnitSet } from '@bonsai/pruning';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { familyFiles } from '../families/support/family-files.ts';
import { writeRandomCheckpoint } from '../families/support/random-checkpoint.ts';

const SIZES = { hidden: 32, queryHeads: 4, kvHeads: 2, headDim: 8, ffn: 48 };
const windows = [16, 9, 16].map((length) => Uint32Array.from({ length }, (_, i) => (97 * i) % 2000));
const scratch = useTemporaryDirectory();

let backend: Backend;
let checkpoint: Checkpoint;
let masks: UnitSet[];
let cut: UnitSet;

beforeAll(async () => {
  await writeRandomCheckpoint(scratch.path('small'), familyFiles('qwen2', SIZES), 1);
  checkpoint = await openCheckpoint(scratch.path('small'));
  const units = new UnitTable(modelShape(checkpoint.config));
  const without = (layer: number): UnitSet => {
    const { start } = units.module(layer, 'ffnNeuron');
    return emptySet(units).map((_, id) => (id >= start && id < start + 10 ? 1 : 0));
  };
  masks = [emptySet(units), without(0), without(2)];
  cut = without(1);
  backend = await createGpuBackend(await openDevice(), { precision: 'f32' });
});

afterAll(async () => {
  await checkpoint.close();
  await backend.dispose();
});

type Work = (model: TransformerModel, signal: AbortSignal) => AsyncGenerator;

const request = { method: 'alignedLeastSquares', ridge: 1e-2, windows, choice: { heldOut: windows } } as const;

const works: readonly (readonly [string, Work])[] = [
  ['an evaluation', (model, signal) => model.evaluate(windows, masks, { signal })],
  [
    'a collection of statistics',
    (model, signal) => model.collectStatistics(windows, ['obs', 'similarity'], { signal }),
  ],
  [
    'a prediction',
    async function* (model, signal) {
      yield await model.predict(windows, { signal });
    },
  ],
  ['a recovery', (model, signal) => model.recover(request, { signal })],
];

async function exhaust(running: AsyncGenerator): Promise<'done'> {
  while ((await running.next()).done !== true);
  return 'done';
}

/** Submits of a work that is cancelled during the given one, if there are so many, and how it ended. */
async function run(work: Work, model: TransformerModel, abortAt?: number): Promise<{ submits: number; end: unknown }> {
  const controller = new AbortController();
  const submit = backend.submit.bind(backend);
  let submits = 0;
  const spy = jest.spyOn(backend, 'submit').mockImplementation((recorder) => {
    submits++;
    if (submits === abortAt) controller.abort();
    return submit(recorder);
  });
  const end = await exhaust(work(model, controller.signal)).catch((error: unknown) => error);
  spy.mockRestore();
  return { submits, end };
}

describe.each(works)('%s', (_, work) => {
  it('leaves no memory in use, whenever it is cancelled', async () => {
    const model = await loadModel(backend, checkpoint, cut, { rowsPerChunk: 32 });
    const { used } = backend.memory;
    const whole = await run(work, model);
    expect(whole.end).toBe('done');
    for (let abortAt = 1; abortAt < whole.submits; abortAt++) {
      const { end } = await run(work, model, abortAt);
      expect(end).toMatchObject({ reason: 'CANCELLED' });
      expect({ abortAt, used: backend.memory.used }).toEqual({ abortAt, used });
    }
    model.release();
    expect(backend.memory.used).toBe(0);
  });
});
