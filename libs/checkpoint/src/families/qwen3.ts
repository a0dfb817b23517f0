import { QWEN3_GGUF } from '../gguf/dialects.ts';
import type { Family } from './family.ts';
import { LLAMA } from './llama.ts';

/** Qwen 3: a LLaMA that normalizes every query and key head. */
export const QWEN3: Family = {
  ...LLAMA,
  kvHeads: 32,
  headDim: 128,
  slidingWindow: { default: 4096, enabledBy: 'use_sliding_window' },
  layerTensors: {
    ...LLAMA.layerTensors,
    'self_attn.q_norm.weight': ['queryNorm'],
    'self_attn.k_norm.weight': ['keyNorm'],
  },
  flaggedBiases: {},
  gguf: [QWEN3_GGUF],
};
