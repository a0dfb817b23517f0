import { PHI2_GGUF } from '../gguf/dialects.ts';
import type { Family } from './family.ts';

/** Phi 1, 1.5 and 2: blocks side by side, layer norms, an FFN of two matrices, and biases everywhere. */
export const PHI: Family = {
  kvHeads: undefined,
  headDim: undefined,
  slidingWindow: undefined,
  normEpsilon: { key: 'layer_norm_eps', default: 1e-5 },
  activations: ['gelu_new', 'gelu_pytorch_tanh'],
  rotatedShare: 0.5,
  parallelBlocks: true,
  layerTensors: {
    'input_layernorm.weight': ['attentionNorm'],
    'input_layernorm.bias': ['attentionNormBias'],
    'self_attn.q_proj.weight': ['query'],
    'self_attn.q_proj.bias': ['queryBias'],
    'self_attn.k_proj.weight': ['key'],
    'self_attn.k_proj.bias': ['keyBias'],
    'self_attn.v_proj.weight': ['value'],
    'self_attn.v_proj.bias': ['valueBias'],
    'self_attn.dense.weight': ['attentionOutput'],
    'self_attn.dense.bias': ['attentionOutputBias'],
    'mlp.fc1.weight': ['up'],
    'mlp.fc1.bias': ['upBias'],
    'mlp.fc2.weight': ['down'],
    'mlp.fc2.bias': ['downBias'],
  },
  flaggedBiases: {},
  endTensors: {
    'model.final_layernorm.weight': 'finalNorm',
    'model.final_layernorm.bias': 'finalNormBias',
    'lm_head.weight': 'head',
    'lm_head.bias': 'headBias',
  },
  gguf: [PHI2_GGUF],
};
