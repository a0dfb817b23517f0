import type { Family } from './family.ts';
import { LLAMA } from './llama.ts';

export const MISTRAL: Family = {
  ...LLAMA,
  kvHeads: 8,
  slidingWindow: { default: 4096 },
  flaggedBiases: {},
};
