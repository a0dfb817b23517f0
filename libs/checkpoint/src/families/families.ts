import type { ModelConfig, ModelFamily } from '../model-config.ts';
import type { Family } from './family.ts';
import { LLAMA } from './llama.ts';
import { MISTRAL } from './mistral.ts';
import { PHI } from './phi.ts';
import { PHI3 } from './phi3.ts';
import { QWEN2 } from './qwen2.ts';
import { QWEN3 } from './qwen3.ts';

/** By `model_type` of config.json. */
export const FAMILIES: Readonly<Record<ModelFamily, Family>> = {
  llama: LLAMA,
  mistral: MISTRAL,
  qwen2: QWEN2,
  qwen3: QWEN3,
  phi: PHI,
  phi3: PHI3,
};

/** Whether attention and FFN of a layer read the same; else the FFN reads what attention has added to. */
export function hasParallelBlocks({ family }: Pick<ModelConfig, 'family'>): boolean {
  return FAMILIES[family].parallelBlocks;
}

export function isModelFamily(type: unknown): type is ModelFamily {
  return typeof type === 'string' && Object.hasOwn(FAMILIES, type);
}
