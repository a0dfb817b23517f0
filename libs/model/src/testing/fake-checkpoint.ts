import { fileTensors } from '@bonsai/checkpoint';
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
  rotaryDim: 4,
  ffnSize: 19,
  vocabSize: 37,
  contextLength: 16,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
  ropeScaling: undefined,
  tiedHead: false,
  biasFlags: [],
};

/** A checkpoint of random weights in memory. */
export function fakeCheckpoint(config: ModelConfig, seed: number): Checkpoint {
  const tensors = new Map<string, TensorInfo>();
  const values = new Map<string, Float32Array>();
  for (const { name, shape } of [...fileTensors(config)].flatMap(({ parts }) => parts)) {
    const random = seededRandom(seed, tensors.size);
    tensors.set(name, { name, dtype: 'F32', shape });
    const length = shape.reduce((product, size) => product * size, 1);
    const [mean, deviation] = distribution(name, shape);
    values.set(
      name,
      Float32Array.from({ length }, () => mean + deviation * normal(random)),
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

/** Mean and standard deviation that keep activations near 1 and let every kind of tensor matter. */
function distribution(name: string, shape: readonly number[]): readonly [number, number] {
  if (name.endsWith('bias')) return [0, 0.5];
  if (shape.length === 1) return [1, 0.3];
  return [0, 1.5 / Math.sqrt(shape.at(-1) ?? 1)];
}
