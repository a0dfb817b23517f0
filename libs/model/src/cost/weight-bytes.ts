import { layerTensors } from '@bonsai/checkpoint';
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
    tables: (tiedHead ? 1 : 2) * sizes.weight(vocabSize, hiddenSize) + sizes.matrix(1, hiddenSize),
    layers: widths.map((width) => layerBytes(config, width, sizes)),
    packing: Math.max(
      sizes.packing(vocabSize, hiddenSize),
      ...widths.map((width) => packingBytes(config, width, sizes)),
    ),
  };
}

/** Of the blocks that a layer has. */
export function layerBytes(config: ModelConfig, { qkv, heads, neurons }: KeptWidths, sizes: StorageSizes): number {
  const { hiddenSize, headDim } = config;
  const tensors = new Set(layerTensors(config));
  const norm = sizes.matrix(1, hiddenSize);
  const headGains = tensors.has('queryNorm') ? sizes.matrix(2, headDim) : 0;
  const bias = tensors.has('queryBias') ? sizes.matrix(1, qkv) : 0;
  const maps = sizes.weight(qkv, hiddenSize) + sizes.weight(hiddenSize, heads);
  const attention = heads === 0 ? 0 : norm + maps + bias + headGains;
  const ffn = neurons === 0 ? 0 : norm + sizes.gatedWeight(neurons, hiddenSize) + sizes.weight(hiddenSize, neurons);
  return attention + ffn;
}

/** While the largest map of a layer is packed, beside it. */
export function packingBytes(
  { hiddenSize }: ModelConfig,
  { qkv, heads, neurons }: KeptWidths,
  sizes: StorageSizes,
): number {
  const attention = heads === 0 ? 0 : Math.max(sizes.packing(qkv, hiddenSize), sizes.packing(hiddenSize, heads));
  const ffn = neurons === 0 ? 0 : Math.max(sizes.packing(2 * neurons, hiddenSize), sizes.packing(hiddenSize, neurons));
  return Math.max(attention, ffn);
}
