import { layerTensorName, MODEL_TENSORS } from '@bonsai/checkpoint';
import type { Checkpoint, ModelConfig, TensorInfo } from '@bonsai/checkpoint';
import { normal, seededRandom } from '@bonsai/support';

/** A small model with sizes that are all different, and grouped queries. */
export const SMALL_CONFIG: ModelConfig = {
  family: 'llama',
  hiddenSize: 14,
  layerCount: 3,
  queryHeads: 6,
  kvHeads: 3,
  headDim: 4,
  ffnSize: 19,
  vocabSize: 37,
  contextLength: 16,
  rmsNormEpsilon: 1e-5,
  ropeTheta: 10_000,
  ropeScaling: undefined,
  tiedHead: false,
};

/** A checkpoint of random weights in memory. */
export function fakeCheckpoint(config: ModelConfig, seed: number): Checkpoint {
  const { hiddenSize, queryHeads, kvHeads, headDim, ffnSize, vocabSize } = config;
  const shapes = new Map<string, readonly number[]>([
    [MODEL_TENSORS.embedding, [vocabSize, hiddenSize]],
    [MODEL_TENSORS.finalNorm, [hiddenSize]],
  ]);
  if (!config.tiedHead) shapes.set(MODEL_TENSORS.head, [vocabSize, hiddenSize]);
  for (let layer = 0; layer < config.layerCount; layer++) {
    shapes.set(layerTensorName(layer, 'attentionNorm'), [hiddenSize]);
    shapes.set(layerTensorName(layer, 'query'), [queryHeads * headDim, hiddenSize]);
    shapes.set(layerTensorName(layer, 'key'), [kvHeads * headDim, hiddenSize]);
    shapes.set(layerTensorName(layer, 'value'), [kvHeads * headDim, hiddenSize]);
    shapes.set(layerTensorName(layer, 'attentionOutput'), [hiddenSize, queryHeads * headDim]);
    shapes.set(layerTensorName(layer, 'ffnNorm'), [hiddenSize]);
    shapes.set(layerTensorName(layer, 'gate'), [ffnSize, hiddenSize]);
    shapes.set(layerTensorName(layer, 'up'), [ffnSize, hiddenSize]);
    shapes.set(layerTensorName(layer, 'down'), [hiddenSize, ffnSize]);
  }
  const tensors = new Map<string, TensorInfo>();
  const values = new Map<string, Float32Array>();
  for (const [name, shape] of shapes) {
    const random = seededRandom(seed, tensors.size);
    const scale = 1 / Math.sqrt(shape.at(-1) ?? 1);
    tensors.set(name, { name, dtype: 'F32', shape });
    const length = shape.reduce((product, size) => product * size, 1);
    values.set(
      name,
      Float32Array.from({ length }, () =>
        shape.length === 1 ? 1 + 0.3 * normal(random) : 1.5 * scale * normal(random),
      ),
    );
  }
  return {
    directory: 'memory',
    config,
    revision: `random-${seed}`,
    tensors,
    notes: [],
    readFloats(name, rows) {
      const all = values.get(name);
      if (all === undefined) return Promise.reject(new RangeError(`no tensor ${name}`));
      const width = all.length / (tensors.get(name)?.shape[0] ?? 1);
      const { start, count } = rows ?? { start: 0, count: all.length / width };
      return Promise.resolve(all.slice(start * width, (start + count) * width));
    },
    close: () => Promise.resolve(),
  };
}
