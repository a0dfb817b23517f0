import type { CheckpointFiles } from './random-checkpoint.ts';

export interface Sizes {
  readonly hidden: number;
  readonly queryHeads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly ffn: number;
}

export const LAYERS = 3;
const VOCABULARY = 2048;
const CONTEXT = 64;

/** What follows the layers in most families. */
const llamaEnd = (hidden: number): Record<string, readonly number[]> => ({
  'model.norm.weight': [hidden],
  'lm_head.weight': [VOCABULARY, hidden],
});

interface FamilyFiles {
  /** Keys beside those that all families have. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly layer: (sizes: Sizes) => Readonly<Record<string, readonly number[]>>;
  readonly end?: (hidden: number) => Readonly<Record<string, readonly number[]>>;
}

const llamaLayer = ({ hidden, queryHeads, kvHeads, headDim, ffn }: Sizes): Record<string, readonly number[]> => ({
  'input_layernorm.weight': [hidden],
  'self_attn.q_proj.weight': [queryHeads * headDim, hidden],
  'self_attn.k_proj.weight': [kvHeads * headDim, hidden],
  'self_attn.v_proj.weight': [kvHeads * headDim, hidden],
  'self_attn.o_proj.weight': [hidden, queryHeads * headDim],
  'post_attention_layernorm.weight': [hidden],
  'mlp.gate_proj.weight': [ffn, hidden],
  'mlp.up_proj.weight': [ffn, hidden],
  'mlp.down_proj.weight': [hidden, ffn],
});

/** What transformers calls the tensors of each family, and how it shapes them. */
const FAMILIES = {
  llama: {
    config: { model_type: 'llama', architectures: ['LlamaForCausalLM'], rms_norm_eps: 1e-5, rope_theta: 5e5 },
    layer: llamaLayer,
  },
  biasedLlama: {
    config: {
      ...{ model_type: 'llama', architectures: ['LlamaForCausalLM'], rms_norm_eps: 1e-5, rope_theta: 5e5 },
      ...{ attention_bias: true, mlp_bias: true },
    },
    layer: (sizes) => ({
      ...llamaLayer(sizes),
      'self_attn.q_proj.bias': [sizes.queryHeads * sizes.headDim],
      'self_attn.k_proj.bias': [sizes.kvHeads * sizes.headDim],
      'self_attn.v_proj.bias': [sizes.kvHeads * sizes.headDim],
      'self_attn.o_proj.bias': [sizes.hidden],
      'mlp.gate_proj.bias': [sizes.ffn],
      'mlp.up_proj.bias': [sizes.ffn],
      'mlp.down_proj.bias': [sizes.hidden],
    }),
  },
  mistral: {
    config: { model_type: 'mistral', architectures: ['MistralForCausalLM'], rms_norm_eps: 1e-5, rope_theta: 1e4 },
    layer: llamaLayer,
  },
  qwen2: {
    config: { model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'], rms_norm_eps: 1e-6, rope_theta: 1e6 },
    layer: (sizes) => ({
      ...llamaLayer(sizes),
      'self_attn.q_proj.bias': [sizes.queryHeads * sizes.headDim],
      'self_attn.k_proj.bias': [sizes.kvHeads * sizes.headDim],
      'self_attn.v_proj.bias': [sizes.kvHeads * sizes.headDim],
    }),
  },
  qwen3: {
    config: { model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'], rms_norm_eps: 1e-6, rope_theta: 1e6 },
    layer: (sizes) => ({
      ...llamaLayer(sizes),
      'self_attn.q_norm.weight': [sizes.headDim],
      'self_attn.k_norm.weight': [sizes.headDim],
    }),
  },
  phi: {
    config: {
      ...{ model_type: 'phi', architectures: ['PhiForCausalLM'], layer_norm_eps: 1e-5, rope_theta: 1e4 },
      ...{ hidden_act: 'gelu_new', partial_rotary_factor: 0.4 },
    },
    layer: ({ hidden, queryHeads, kvHeads, headDim, ffn }) => ({
      'input_layernorm.weight': [hidden],
      'input_layernorm.bias': [hidden],
      'self_attn.q_proj.weight': [queryHeads * headDim, hidden],
      'self_attn.q_proj.bias': [queryHeads * headDim],
      'self_attn.k_proj.weight': [kvHeads * headDim, hidden],
      'self_attn.k_proj.bias': [kvHeads * headDim],
      'self_attn.v_proj.weight': [kvHeads * headDim, hidden],
      'self_attn.v_proj.bias': [kvHeads * headDim],
      'self_attn.dense.weight': [hidden, queryHeads * headDim],
      'self_attn.dense.bias': [hidden],
      'mlp.fc1.weight': [ffn, hidden],
      'mlp.fc1.bias': [ffn],
      'mlp.fc2.weight': [hidden, ffn],
      'mlp.fc2.bias': [hidden],
    }),
    end: (hidden) => ({
      'model.final_layernorm.weight': [hidden],
      'model.final_layernorm.bias': [hidden],
      'lm_head.weight': [VOCABULARY, hidden],
      'lm_head.bias': [VOCABULARY],
    }),
  },
  phi3: {
    config: {
      ...{ model_type: 'phi3', architectures: ['Phi3ForCausalLM'], rms_norm_eps: 1e-5, rope_theta: 1e4 },
      // What transformers takes otherwise, 32000, is beyond this vocabulary.
      pad_token_id: 0,
    },
    layer: ({ hidden, queryHeads, kvHeads, headDim, ffn }) => ({
      'input_layernorm.weight': [hidden],
      'self_attn.qkv_proj.weight': [(queryHeads + 2 * kvHeads) * headDim, hidden],
      'self_attn.o_proj.weight': [hidden, queryHeads * headDim],
      'post_attention_layernorm.weight': [hidden],
      'mlp.gate_up_proj.weight': [2 * ffn, hidden],
      'mlp.down_proj.weight': [hidden, ffn],
    }),
  },
} satisfies Record<string, FamilyFiles>;

export type FamilyName = keyof typeof FAMILIES;

export function familyFiles(name: FamilyName, sizes: Sizes, layers = LAYERS): CheckpointFiles {
  const { hidden, queryHeads, kvHeads, headDim, ffn } = sizes;
  const family: FamilyFiles = FAMILIES[name];
  const shapes = new Map<string, readonly number[]>([['model.embed_tokens.weight', [VOCABULARY, hidden]]]);
  for (let layer = 0; layer < layers; layer++) {
    for (const [tensor, shape] of Object.entries(family.layer(sizes)))
      shapes.set(`model.layers.${layer}.${tensor}`, shape);
  }
  for (const [tensor, shape] of Object.entries((family.end ?? llamaEnd)(hidden))) shapes.set(tensor, shape);
  const config = {
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: queryHeads,
    num_key_value_heads: kvHeads,
    head_dim: headDim,
    intermediate_size: ffn,
    vocab_size: VOCABULARY,
    max_position_embeddings: CONTEXT,
    tie_word_embeddings: false,
    ...family.config,
  };
  return { config, shapes };
}
