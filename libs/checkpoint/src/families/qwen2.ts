import { DECI_GGUF, LLAMA_GGUF, QWEN2_GGUF } from '../gguf/dialects.ts';
import type { Family } from './family.ts';
import { LLAMA } from './llama.ts';

/** Qwen 2 and 2.5: a LLaMA whose query, key and value projections have biases. */
export const QWEN2: Family = {
  ...LLAMA,
  kvHeads: 32,
  slidingWindow: { default: 4096, enabledBy: 'use_sliding_window' },
  layerTensors: {
    ...LLAMA.layerTensors,
    'self_attn.q_proj.bias': ['queryBias'],
    'self_attn.k_proj.bias': ['keyBias'],
    'self_attn.v_proj.bias': ['valueBias'],
  },
  flaggedBiases: {},
  gguf: [QWEN2_GGUF, LLAMA_GGUF, DECI_GGUF],
};
