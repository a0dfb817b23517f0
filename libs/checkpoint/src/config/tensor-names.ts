/**
 * Tensors outside the layers. Every family's tensors go by the names that transformers gives those of a LLaMA, whatever
 * the files call them (`families/`).
 */
export const MODEL_TENSORS = {
  embedding: 'model.embed_tokens.weight',
  finalNorm: 'model.norm.weight',
  finalNormBias: 'model.norm.bias',
  head: 'lm_head.weight',
  headBias: 'lm_head.bias',
} as const;

export type ModelTensor = keyof typeof MODEL_TENSORS;

/** Linear maps are [outputs, inputs]. */
export const MODEL_TENSOR_AXES: Readonly<Record<ModelTensor, readonly ('token' | 'hidden')[]>> = {
  embedding: ['token', 'hidden'],
  finalNorm: ['hidden'],
  finalNormBias: ['hidden'],
  head: ['token', 'hidden'],
  headBias: ['token'],
};

/**
 * What the rows or columns of a layer's tensor are. Queries and keys are rotated by position; `head` is an element of a
 * query head behind the softmax, where values are mixed, and `headElement` a place inside of any head.
 */
export type Axis = 'hidden' | 'query' | 'key' | 'value' | 'head' | 'headElement' | 'neuron';

interface LayerTensorFacts {
  readonly name: string;
  readonly block: 'attention' | 'ffn';
  /** Linear maps are [outputs, inputs]. */
  readonly axes: readonly [Axis] | readonly [Axis, Axis];
}

const FACTS = {
  attentionNorm: { name: 'input_layernorm.weight', block: 'attention', axes: ['hidden'] },
  attentionNormBias: { name: 'input_layernorm.bias', block: 'attention', axes: ['hidden'] },
  query: { name: 'self_attn.q_proj.weight', block: 'attention', axes: ['query', 'hidden'] },
  queryBias: { name: 'self_attn.q_proj.bias', block: 'attention', axes: ['query'] },
  key: { name: 'self_attn.k_proj.weight', block: 'attention', axes: ['key', 'hidden'] },
  keyBias: { name: 'self_attn.k_proj.bias', block: 'attention', axes: ['key'] },
  value: { name: 'self_attn.v_proj.weight', block: 'attention', axes: ['value', 'hidden'] },
  valueBias: { name: 'self_attn.v_proj.bias', block: 'attention', axes: ['value'] },
  queryNorm: { name: 'self_attn.q_norm.weight', block: 'attention', axes: ['headElement'] },
  keyNorm: { name: 'self_attn.k_norm.weight', block: 'attention', axes: ['headElement'] },
  attentionOutput: { name: 'self_attn.o_proj.weight', block: 'attention', axes: ['hidden', 'head'] },
  attentionOutputBias: { name: 'self_attn.o_proj.bias', block: 'attention', axes: ['hidden'] },
  ffnNorm: { name: 'post_attention_layernorm.weight', block: 'ffn', axes: ['hidden'] },
  gate: { name: 'mlp.gate_proj.weight', block: 'ffn', axes: ['neuron', 'hidden'] },
  up: { name: 'mlp.up_proj.weight', block: 'ffn', axes: ['neuron', 'hidden'] },
  upBias: { name: 'mlp.up_proj.bias', block: 'ffn', axes: ['neuron'] },
  down: { name: 'mlp.down_proj.weight', block: 'ffn', axes: ['hidden', 'neuron'] },
  downBias: { name: 'mlp.down_proj.bias', block: 'ffn', axes: ['hidden'] },
} as const satisfies Record<string, LayerTensorFacts>;

export type LayerTensor = keyof typeof FACTS;

export const LAYER_TENSORS: Readonly<Record<LayerTensor, LayerTensorFacts>> = FACTS;

export function layerTensorName(layer: number, tensor: LayerTensor): string {
  return `model.layers.${layer}.${FACTS[tensor].name}`;
}
