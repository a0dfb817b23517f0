import type { KeptLayer } from '@bonsai/pruning';
import type { ModelConfig } from '../model-config.ts';
import type { FloatFormat } from './float-format.ts';
import type { GgufLayout } from './gguf-layers.ts';
import { GGUF_ALIGNMENT } from './gguf-header.ts';
import { f32, text, u32 } from './gguf-value.ts';
import type { GgufValue } from './gguf-value.ts';

/** llama_ftype numbers. */
const FILE_TYPES: Readonly<Record<FloatFormat, number>> = { f32: 0, f16: 1 };

/** The keys that describe the model; those of the tokenizer are separate. */
export function modelMetadata(
  config: ModelConfig,
  { dialect: { architecture, sizesPerLayer, normEpsilon }, layers }: GgufLayout,
  options: { readonly name: string; readonly floats: FloatFormat },
): Array<readonly [string, GgufValue]> {
  const perLayer = (size: (layer: KeptLayer) => number): GgufValue => {
    const sizes = layers.map(size);
    return sizesPerLayer ? { type: 'u32[]', value: sizes } : u32(sizes[0] ?? 0);
  };
  const modelKeys: Array<readonly [string, GgufValue]> = [
    ['block_count', u32(layers.length)],
    ['context_length', u32(config.contextLength)],
    ['embedding_length', u32(config.hiddenSize)],
    ['vocab_size', u32(config.vocabSize)],
    ['attention.head_count', perLayer((layer) => layer.queryHeads.length)],
    ['attention.head_count_kv', perLayer((layer) => layer.kvGroups.length)],
    ['feed_forward_length', perLayer((layer) => layer.ffnNeurons.length)],
    [`attention.${normEpsilon}`, f32(config.normEpsilon)],
    // Without these llama.cpp divides the hidden size by the heads of layer 0, which pruning has changed.
    ['attention.key_length', u32(config.headDim)],
    ['attention.value_length', u32(config.headDim)],
    ['rope.dimension_count', u32(config.rotaryDim)],
    ['rope.freq_base', f32(config.ropeTheta)],
  ];
  return [
    ['general.architecture', text(architecture)],
    ['general.name', text(options.name)],
    ['general.file_type', u32(FILE_TYPES[options.floats])],
    ['general.alignment', u32(GGUF_ALIGNMENT)],
    ...modelKeys.map(([key, value]) => [`${architecture}.${key}`, value] as const),
  ];
}
