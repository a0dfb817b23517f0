import type { ModelConfig } from '../model-config.ts';
import { layerTensorName, MODEL_TENSORS } from './tensor-names.ts';

export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** The config keys that the shape follows from, for messages. */
  readonly because: string;
}

/** Every tensor of the architecture, with the shape that config.json implies. Linear maps are [outputs, inputs]. */
export function expectedTensors(config: ModelConfig): ExpectedTensor[] {
  const { hiddenSize, vocabSize, layerCount, tiedHead } = config;
  const vocabulary = { shape: [vocabSize, hiddenSize], because: `vocab_size ${vocabSize}, hidden_size ${hiddenSize}` };
  const norm = { shape: [hiddenSize], because: `hidden_size ${hiddenSize}` };
  return [
    { name: MODEL_TENSORS.embedding, ...vocabulary },
    ...Array.from({ length: layerCount }, (_, layer) => layerTensors(config, layer)).flat(),
    { name: MODEL_TENSORS.finalNorm, ...norm },
    ...(tiedHead ? [] : [{ name: MODEL_TENSORS.head, ...vocabulary }]),
  ];
}

function layerTensors(config: ModelConfig, layer: number): ExpectedTensor[] {
  const { hiddenSize, queryHeads, kvHeads, headDim, ffnSize } = config;
  const hidden = `hidden_size ${hiddenSize}`;
  const queries = `num_attention_heads ${queryHeads} x head_dim ${headDim}, ${hidden}`;
  const keys = `num_key_value_heads ${kvHeads} x head_dim ${headDim}, ${hidden}`;
  const ffn = `intermediate_size ${ffnSize}, ${hidden}`;
  const queryWidth = queryHeads * headDim;
  const keyWidth = kvHeads * headDim;
  return [
    { name: layerTensorName(layer, 'attentionNorm'), shape: [hiddenSize], because: hidden },
    { name: layerTensorName(layer, 'query'), shape: [queryWidth, hiddenSize], because: queries },
    { name: layerTensorName(layer, 'key'), shape: [keyWidth, hiddenSize], because: keys },
    { name: layerTensorName(layer, 'value'), shape: [keyWidth, hiddenSize], because: keys },
    { name: layerTensorName(layer, 'attentionOutput'), shape: [hiddenSize, queryWidth], because: queries },
    { name: layerTensorName(layer, 'ffnNorm'), shape: [hiddenSize], because: hidden },
    { name: layerTensorName(layer, 'gate'), shape: [ffnSize, hiddenSize], because: ffn },
    { name: layerTensorName(layer, 'up'), shape: [ffnSize, hiddenSize], because: ffn },
    { name: layerTensorName(layer, 'down'), shape: [hiddenSize, ffnSize], because: ffn },
  ];
}
