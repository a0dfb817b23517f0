import { DECI_GGUF, LLAMA_GGUF } from '../gguf/dialects.ts';
import type { Family } from './family.ts';

/** Llama 1 to 3, and what is built like them. */
export const LLAMA: Family = {
  kvHeads: undefined,
  headDim: undefined,
  slidingWindow: undefined,
  normEpsilon: { key: 'rms_norm_eps', default: 1e-6 },
  activations: ['silu', 'swish'],
  rotatedShare: undefined,
  parallelBlocks: false,
  layerTensors: {
    'input_layernorm.weight': ['attentionNorm'],
    'self_attn.q_proj.weight': ['query'],
    'self_attn.k_proj.weight': ['key'],
    'self_attn.v_proj.weight': ['value'],
    'self_attn.o_proj.weight': ['attentionOutput'],
    'post_attention_layernorm.weight': ['ffnNorm'],
    'mlp.gate_proj.weight': ['gate'],
    'mlp.up_proj.weight': ['up'],
    'mlp.down_proj.weight': ['down'],
  },
  flaggedBiases: {
    attention_bias: {
      'self_attn.q_proj.bias': ['queryBias'],
      'self_attn.k_proj.bias': ['keyBias'],
      'self_attn.v_proj.bias': ['valueBias'],
      'self_attn.o_proj.bias': ['attentionOutputBias'],
    },
    // With those of gate and up, which have to be zeros.
    mlp_bias: { 'mlp.down_proj.bias': ['downBias'] },
  },
  endTensors: { 'model.norm.weight': 'finalNorm', 'lm_head.weight': 'head' },
  gguf: [LLAMA_GGUF, DECI_GGUF],
};
