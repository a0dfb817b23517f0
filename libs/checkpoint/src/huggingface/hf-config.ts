import type { TensorDtype } from '../checkpoint.ts';
import type { JsonObject } from '../json/json-object.ts';
import type { ModelConfig } from '../model-config.ts';
import type { HfLayout } from './hf-layout.ts';

const TORCH_DTYPES: Readonly<Record<TensorDtype, string>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/**
 * config.json of the output: the source's own with the sizes of the layout.
 *
 * LlamaConfig of transformers 5 refuses a hidden size that the head count does not divide, although head_dim is given
 * (huggingface/transformers#46082). Such a model is declared as a Mistral without sliding window: the same computation
 * under the same tensor names, and without that check.
 */
export function hfConfig(
  source: JsonObject,
  config: ModelConfig,
  layout: HfLayout,
  dtype: TensorDtype | undefined,
): JsonObject {
  const result: Record<string, unknown> = {
    ...source,
    num_hidden_layers: layout.layers.length,
    num_attention_heads: layout.queryHeads,
    num_key_value_heads: layout.kvHeads,
    head_dim: config.headDim,
    intermediate_size: layout.ffnSize,
  };
  if (config.family === 'llama' && config.hiddenSize % layout.queryHeads !== 0) {
    Object.assign(result, { model_type: 'mistral', architectures: ['MistralForCausalLM'], sliding_window: null });
  }
  if (dtype !== undefined) {
    // transformers 5 renamed the key.
    const key = 'dtype' in source ? 'dtype' : 'torch_dtype';
    result[key] = TORCH_DTYPES[dtype];
  }
  return result;
}
