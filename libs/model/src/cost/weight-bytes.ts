import { hasHeadBias, layerTensors } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import type { StorageSizes } from '@bonsai/ops';
import type { KeptWidths } from './kept-widths.ts';

/** Bytes of device memory that weights take, as packed, and their norms. */
export interface WeightBytes {
  /** What every pass begins and ends with. */
  readonly tables: number;
  readonly layers: readonly number[];
  /** Beside the layers, while the largest of their weights is packed or copied. */
  readonly packing: number;
}

export function weightBytes(config: ModelConfig, widths: readonly KeptWidths[], sizes: StorageSizes): WeightBytes {
  const { hiddenSize, vocabSize, tiedHead } = config;
  return {
    tables:
      sizes.weight(vocabSize, hiddenSize) +
      (tiedHead ? 0 : sizes.weight(vocabSize, headInputs(config))) +
      normVectors(config) * sizes.matrix(1, headInputs(config)),
    layers: widths.map((width) => layerBytes(config, width, sizes)),
    packing: Math.max(
      sizes.packing(vocabSize, headInputs(config)),
      ...widths.map((width) => packingBytes(config, width, sizes)),
    ),
  };
}

/** What the head multiplies: the stream, and a 1 for the bias if there is one. */
export function headInputs(config: ModelConfig): number {
  return config.hiddenSize + (hasHeadBias(config) ? 1 : 0);
}

/** Gain and, of a layer norm, bias. */
function normVectors(config: ModelConfig): number {
  return layerTensors(config).includes('attentionNormBias') ? 2 : 1;
}

/** Of the blocks that a layer has. */
export function layerBytes(
  config: ModelConfig,
  { qkv, headColumns, neurons }: KeptWidths,
  sizes: StorageSizes,
): number {
  const { hiddenSize, headDim } = config;
  const tensors = new Set(layerTensors(config));
  const vector = sizes.matrix(1, hiddenSize);
  const norm = normVectors(config) * vector;
  const headGains = tensors.has('queryNorm') ? sizes.matrix(2, headDim) : 0;
  const bias = tensors.has('queryBias') ? sizes.matrix(1, qkv) : 0;
  const maps = sizes.weight(qkv, hiddenSize) + sizes.weight(hiddenSize, headColumns);
  const attention = headColumns === 0 ? 0 : norm + maps + bias + headGains;
  const into = tensors.has('gate')
    ? sizes.gatedWeight(neurons, hiddenSize)
    : sizes.weight(neurons, hiddenSize) + sizes.matrix(1, neurons);
  const ffn = neurons === 0 ? 0 : norm + into + sizes.weight(hiddenSize, neurons);
  const biases = (['attentionOutputBias', 'downBias'] as const).filter((bias) => tensors.has(bias));
  return attention + ffn + biases.length * vector;
}

/** While the largest map of a layer is packed, beside it. */
export function packingBytes(
  config: ModelConfig,
  { qkv, headColumns, neurons }: KeptWidths,
  sizes: StorageSizes,
): number {
  const { hiddenSize } = config;
  const raising = layerTensors(config).includes('gate') ? 2 * neurons : neurons;
  const attention =
    headColumns === 0 ? 0 : Math.max(sizes.packing(qkv, hiddenSize), sizes.packing(hiddenSize, headColumns));
  const ffn = neurons === 0 ? 0 : Math.max(sizes.packing(raising, hiddenSize), sizes.packing(hiddenSize, neurons));
  return Math.max(attention, ffn);
}
