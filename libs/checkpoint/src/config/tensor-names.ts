/** Tensors of LLaMA-family checkpoints outside the layers, as transformers names them. */
export const MODEL_TENSORS = {
  embedding: 'model.embed_tokens.weight',
  finalNorm: 'model.norm.weight',
  head: 'lm_head.weight',
} as const;

const LAYER_TENSORS = {
  attentionNorm: 'input_layernorm',
  query: 'self_attn.q_proj',
  key: 'self_attn.k_proj',
  value: 'self_attn.v_proj',
  attentionOutput: 'self_attn.o_proj',
  ffnNorm: 'post_attention_layernorm',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
} as const;

export type LayerTensor = keyof typeof LAYER_TENSORS;

/** Name of one tensor of a layer: its weight. */
export function layerTensorName(layer: number, tensor: LayerTensor): string {
  return `model.layers.${layer}.${LAYER_TENSORS[tensor]}.weight`;
}
