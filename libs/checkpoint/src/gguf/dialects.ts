import type { LayerTensor } from '../config/tensor-names.ts';
import { headRows } from '../cut/head-rows.ts';
import { interleavedHeadRows } from './rotary.ts';

/** How an architecture of llama.cpp wants a model: what it calls tensors and which sizes it can have. */
export interface GgufDialect {
  /** Value of `general.architecture`. */
  readonly architecture: string;
  /** Whether every layer has sizes of its own; others take them all from the first. */
  readonly sizesPerLayer: boolean;
  /** Key of what norms add to the square that they take the root of. */
  readonly normEpsilon: 'layer_norm_rms_epsilon' | 'layer_norm_epsilon';
  /** Whether it demands as many query columns as the hidden size. */
  readonly squareQueries: boolean;
  /** Whether it reads divisors of the rotary frequencies, which say llama3 scaling; others refuse the tensor. */
  readonly rotaryDivisors: boolean;
  /** Rows of query or key heads in the order in which it rotates them: rope type NORM (interleaved) or NEOX. */
  readonly rotatedRows: typeof headRows;
  /** Name within the block: the tensors whose rows it holds, top to bottom. A model need not have all of them. */
  readonly layerTensors: Readonly<Record<string, readonly LayerTensor[]>>;
}

const SEPARATE_TENSORS = {
  'attn_norm.weight': ['attentionNorm'],
  'attn_q.weight': ['query'],
  'attn_q.bias': ['queryBias'],
  'attn_k.weight': ['key'],
  'attn_k.bias': ['keyBias'],
  'attn_v.weight': ['value'],
  'attn_v.bias': ['valueBias'],
  'attn_q_norm.weight': ['queryNorm'],
  'attn_k_norm.weight': ['keyNorm'],
  'attn_output.weight': ['attentionOutput'],
  'ffn_norm.weight': ['ffnNorm'],
  'ffn_gate.weight': ['gate'],
  'ffn_up.weight': ['up'],
  'ffn_down.weight': ['down'],
} as const;

/** Biases of output projections, which come with recovered weights; not every architecture has a place for them. */
const OUTPUT_BIAS_TENSORS = {
  'attn_output.bias': ['attentionOutputBias'],
  'ffn_down.bias': ['downBias'],
} as const;

export const LLAMA_GGUF: GgufDialect = {
  architecture: 'llama',
  sizesPerLayer: false,
  normEpsilon: 'layer_norm_rms_epsilon',
  squareQueries: false,
  rotaryDivisors: true,
  rotatedRows: interleavedHeadRows,
  layerTensors: { ...SEPARATE_TENSORS, ...OUTPUT_BIAS_TENSORS },
};

/** llama.cpp's LLaMA with sizes of its own in every layer. */
export const DECI_GGUF: GgufDialect = { ...LLAMA_GGUF, architecture: 'deci', sizesPerLayer: true };

export const QWEN2_GGUF: GgufDialect = {
  architecture: 'qwen2',
  sizesPerLayer: false,
  normEpsilon: 'layer_norm_rms_epsilon',
  squareQueries: true,
  rotaryDivisors: false,
  rotatedRows: headRows,
  layerTensors: SEPARATE_TENSORS,
};

export const QWEN3_GGUF: GgufDialect = { ...QWEN2_GGUF, architecture: 'qwen3', squareQueries: false };

export const PHI2_GGUF: GgufDialect = {
  ...QWEN2_GGUF,
  architecture: 'phi2',
  normEpsilon: 'layer_norm_epsilon',
  layerTensors: {
    'attn_norm.weight': ['attentionNorm'],
    'attn_norm.bias': ['attentionNormBias'],
    'attn_q.weight': ['query'],
    'attn_q.bias': ['queryBias'],
    'attn_k.weight': ['key'],
    'attn_k.bias': ['keyBias'],
    'attn_v.weight': ['value'],
    'attn_v.bias': ['valueBias'],
    'attn_output.weight': ['attentionOutput'],
    'ffn_up.weight': ['up'],
    'ffn_up.bias': ['upBias'],
    'ffn_down.weight': ['down'],
    ...OUTPUT_BIAS_TENSORS,
  },
};

export const PHI3_GGUF: GgufDialect = {
  ...QWEN2_GGUF,
  architecture: 'phi3',
  layerTensors: {
    'attn_norm.weight': ['attentionNorm'],
    'attn_qkv.weight': ['query', 'key', 'value'],
    'attn_output.weight': ['attentionOutput'],
    'ffn_norm.weight': ['ffnNorm'],
    'ffn_up.weight': ['gate', 'up'],
    'ffn_down.weight': ['down'],
  },
};
