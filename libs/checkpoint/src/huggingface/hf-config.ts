import { BonsaiError } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';
import type { BiasFlag, ModelConfig } from '../model-config.ts';
import type { HfLayout } from './hf-layout.ts';
import { layerSettings } from './layer-settings.ts';

/**
 * config.json of the output: the source's own with the sizes and the layers of the layout, for the code of stock transformers.
 *
 * LlamaConfig of transformers 5 refuses a hidden size that the head count does not divide, although head_dim is given
 * (huggingface/transformers#46082). Such a model is declared as a Mistral without sliding window: the same computation
 * under the same tensor names, and without that check.
 * @throws BonsaiError LAYOUT_NOT_SUPPORTED where biases have no place: a LLaMA has, a Mistral has not
 */
export function hfConfig(
  source: JsonObject,
  config: ModelConfig,
  layout: HfLayout,
  biasFlags: readonly BiasFlag[],
): JsonObject {
  const result: Record<string, unknown> = {
    ...source,
    ...layerSettings(
      source,
      config.layerCount,
      layout.layers.map(({ layer }) => layer),
    ),
    num_hidden_layers: layout.layers.length,
    num_attention_heads: layout.queryHeads,
    num_key_value_heads: layout.kvHeads,
    head_dim: config.headDim,
    intermediate_size: layout.ffnSize,
  };
  // Python files of the source, which are not brought along: with trust_remote_code transformers would look for them.
  delete result['auto_map'];
  const divides = config.hiddenSize % layout.queryHeads === 0;
  if (biasFlags.length > 0) requirePlaceForBiases(config, divides);
  for (const flag of biasFlags) result[flag] = true;
  if (config.family === 'llama' && !divides) {
    Object.assign(result, { model_type: 'mistral', architectures: ['MistralForCausalLM'], sliding_window: null });
  }
  return result;
}

/**
 * @param divides whether the head count of the output divides the hidden size; undefined: not known yet
 * @throws BonsaiError LAYOUT_NOT_SUPPORTED where no stock config has biases of output projections
 */
export function requirePlaceForBiases({ family }: ModelConfig, divides = true): void {
  if (family === 'llama' && divides) return;
  throw new BonsaiError(
    'Stock configs of this family or head count have no biases of output projections; write GGUF, or recover by least squares.',
    { code: 'FAILED_PRECONDITION', reason: 'LAYOUT_NOT_SUPPORTED' },
  );
}
