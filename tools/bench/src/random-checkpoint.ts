import { layerTensorName, MODEL_TENSORS } from '@bonsai/checkpoint';
import type { Checkpoint, ModelConfig, TensorInfo } from '@bonsai/checkpoint';
import { integerBelow, seededRandom } from '@bonsai/support';

/** A checkpoint of random weights in memory: what it says is noise, but it costs what a trained one of its size costs. */
export function randomCheckpoint(config: ModelConfig): Checkpoint {
  const tensors = new Map(tensorsOf(config).map((tensor) => [tensor.name, tensor]));
  return {
    directory: 'memory',
    config,
    revision: 'random',
    tensors,
    readFloats(name, rows) {
      const shape = tensors.get(name)?.shape ?? [];
      const width = shape.length > 1 ? (shape.at(-1) ?? 1) : 1;
      const { start, count } = rows ?? { start: 0, count: shape[0] ?? 0 };
      const random = seededRandom(start, count, width);
      const scale = shape.length > 1 ? 2 / Math.sqrt(width) : 0;
      const offset = shape.length > 1 ? 0 : 1;
      const value = (): number => offset + scale * (integerBelow(random, 2 ** 16) / 2 ** 16 - 0.5);
      return Promise.resolve(Float32Array.from({ length: count * width }, value));
    },
    close: () => Promise.resolve(),
  };
}

function tensorsOf(config: ModelConfig): TensorInfo[] {
  const { hiddenSize, layerCount, queryHeads, kvHeads, headDim, ffnSize, vocabSize } = config;
  const tensor = (name: string, ...shape: readonly number[]): TensorInfo => ({ name, dtype: 'F32', shape });
  const layers = Array.from({ length: layerCount }, (_, layer) => [
    tensor(layerTensorName(layer, 'attentionNorm'), hiddenSize),
    tensor(layerTensorName(layer, 'query'), queryHeads * headDim, hiddenSize),
    tensor(layerTensorName(layer, 'key'), kvHeads * headDim, hiddenSize),
    tensor(layerTensorName(layer, 'value'), kvHeads * headDim, hiddenSize),
    tensor(layerTensorName(layer, 'attentionOutput'), hiddenSize, queryHeads * headDim),
    tensor(layerTensorName(layer, 'ffnNorm'), hiddenSize),
    tensor(layerTensorName(layer, 'gate'), ffnSize, hiddenSize),
    tensor(layerTensorName(layer, 'up'), ffnSize, hiddenSize),
    tensor(layerTensorName(layer, 'down'), hiddenSize, ffnSize),
  ]);
  return [
    tensor(MODEL_TENSORS.embedding, vocabSize, hiddenSize),
    ...layers.flat(),
    tensor(MODEL_TENSORS.finalNorm, hiddenSize),
  ];
}
