import { expect, it } from '@jest/globals';
import { fileTensors, modelShape, type Checkpoint, type ModelConfig, type TensorInfo } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import { loadModel } from '@bonsai/model';
import type { WeightPrecision } from '@bonsai/ops';
import { emptySet, UnitTable } from '@bonsai/pruning';

const HIDDEN = 512;
/** Looked up once: tens of millions of look-ups of a global take seconds here. */
const { imul } = Math;

/** Of a model whose embedding and head, which are one, have so many tokens. */
const configOf = (vocabSize: number): ModelConfig => ({
  ...{ family: 'llama', hiddenSize: HIDDEN, layerCount: 1, queryHeads: 4, kvHeads: 2, headDim: 12, rotaryDim: 12 },
  ...{
    ffnSize: 75,
    vocabSize,
    contextLength: 16,
    normEpsilon: 1e-5,
    ropeTheta: 1e4,
    ropeScaling: undefined,
    tiedHead: true,
    biasFlags: [],
  },
});

/** Weights in [-1/16, 1/16) that bf16 holds, made when they are read: no memory holds them all. */
function scrambled(config: ModelConfig): Checkpoint {
  const parts = [...fileTensors(config)].flatMap((file) => file.parts);
  const tensors = new Map(parts.map(({ name, shape }): [string, TensorInfo] => [name, { name, shape, dtype: 'BF16' }]));
  return {
    ...{ directory: 'memory', config, revision: 'scrambled', tensors },
    readFloats(name, rows) {
      const [first = 1, width = 1] = tensors.get(name)?.shape ?? [];
      const { start, count } = rows ?? { start: 0, count: first };
      const values = new Float32Array(count * width);
      for (let i = 0, at = start * width; i < values.length; i++) {
        values[i] = ((imul(at + i, 0x9e3779b1) >> 24) + name.length) / 2048;
      }
      return Promise.resolve(values);
    },
    close: () => Promise.resolve(),
  };
}

async function losses(checkpoint: Checkpoint, precision: WeightPrecision): Promise<number[]> {
  const { config } = checkpoint;
  const backend = await createGpuBackend(await openDevice(), { precision });
  const units = new UnitTable(modelShape(config));
  const model = await loadModel(backend, checkpoint, emptySet(units));
  // Tokens from both ends of the vocabulary.
  const windows = [7, 16].map((length) =>
    Uint32Array.from({ length }, (_, t) => (t * 7919 + (t % 2) * (config.vocabSize - 1)) % config.vocabSize),
  );
  const found: number[] = [];
  for await (const mask of model.evaluate(windows, [emptySet(units)])) found.push(...mask.windows.map((w) => w.nllSum));
  model.release();
  await backend.dispose();
  return found;
}

it('a head that no binding of the device holds gives the bits of one that a binding holds', async () => {
  const device = await openDevice();
  const limit = device.limit('maxStorageBufferBindingSize');
  await device.dispose();
  const vocabSize = Math.floor((1.05 * limit) / (HIDDEN * Float32Array.BYTES_PER_ELEMENT));
  const checkpoint = scrambled(configOf(vocabSize));
  // In f32 it takes two segments, in bf16, which loses nothing here, one.
  expect(vocabSize * HIDDEN * 4).toBeGreaterThan(limit);
  expect(vocabSize * HIDDEN * 2).toBeLessThan(limit);
  const segmented = await losses(checkpoint, 'f32');
  expect(segmented.every((nll) => Number.isFinite(nll) && nll > 0)).toBe(true);
  expect(segmented).toEqual(await losses(checkpoint, 'bf16'));
});
