import { DECI_GGUF, LLAMA_GGUF, PHI3_GGUF } from '../gguf/dialects.ts';
import type { Family } from './family.ts';
import { LLAMA } from './llama.ts';

/** Phi 3 of 4k and Phi 4 of 14B (others need LongRoPE): a LLaMA whose files hold projections of the same input in one tensor. */
export const PHI3: Family = {
  ...LLAMA,
  slidingWindow: { default: undefined },
  normEpsilon: { ...LLAMA.normEpsilon, default: 1e-5 },
  layerTensors: {
    'input_layernorm.weight': ['attentionNorm'],
    'self_attn.qkv_proj.weight': ['query', 'key', 'value'],
    'self_attn.o_proj.weight': ['attentionOutput'],
    'post_attention_layernorm.weight': ['ffnNorm'],
    'mlp.gate_up_proj.weight': ['gate', 'up'],
    'mlp.down_proj.weight': ['down'],
  },
  flaggedBiases: {},
  gguf: [PHI3_GGUF, LLAMA_GGUF, DECI_GGUF],
};
