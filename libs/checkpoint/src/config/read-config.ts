import { parseJsonObject } from '@bonsai/support';
import type { BonsaiError, JsonObject } from '@bonsai/support';
import { unusable } from '../checkpoint-errors.ts';
import { FAMILIES, isModelFamily } from '../families/families.ts';
import type { Family, SlidingWindow } from '../families/family.ts';
import type { BiasFlag, ModelConfig, ModelFamily } from '../model-config.ts';
import { CONFIG_FILE, ConfigFields } from './config-fields.ts';
import { readRope } from './rope.ts';

export interface ConfigReading {
  readonly config: ModelConfig;
  /** What the user should know about how the config was taken; sentences. */
  readonly notes: readonly string[];
}

/**
 * Reads config.json into a {@link ModelConfig}; refuses what the forward pass would compute wrongly.
 * @throws BonsaiError UNKNOWN_ARCHITECTURE, CONFIG_INVALID
 */
export function readConfig(bytes: Uint8Array): ConfigReading {
  const values = parseJsonObject(bytes);
  if (values === undefined) {
    throw unusable('CONFIG_INVALID', CONFIG_FILE, `${CONFIG_FILE} is not a JSON object; download it again.`);
  }
  const fields = new ConfigFields(values);
  const type = readFamily(fields);
  const family = FAMILIES[type];
  refuseUnsupported(fields, family);
  const context = readContext(fields, values, family);
  const sizes = readSizes(fields, family);
  const config = {
    family: type,
    ...sizes,
    contextLength: context.length,
    normEpsilon: fields.positive(family.normEpsilon.key, family.normEpsilon.default),
    ...readRope(fields, sizes.headDim, family.rotatedShare),
    tiedHead: readTiedHead(fields, family),
    biasFlags: readBiasFlags(fields, family),
  };
  return { config, notes: [...context.notes, ...notesOnNorm(fields, family)] };
}

function readTiedHead(fields: ConfigFields, { endTensors }: Family): boolean {
  const tied = fields.flag('tie_word_embeddings', false);
  if (!tied || !Object.values(endTensors).includes('headBias')) return tied;
  const message = `tie_word_embeddings is true in ${CONFIG_FILE}; a tied head with a bias is not supported.`;
  throw unusable('UNKNOWN_ARCHITECTURE', 'tie_word_embeddings', message);
}

/** A wrong epsilon spoils small activations without any error, so the user should know where it came from. */
function notesOnNorm(fields: ConfigFields, { normEpsilon }: Family): string[] {
  if (fields.raw(normEpsilon.key) !== undefined) return [];
  return [`${CONFIG_FILE} has no ${normEpsilon.key}; the default of transformers, ${normEpsilon.default}, is used.`];
}

function readFamily(fields: ConfigFields): ModelFamily {
  const type = fields.raw('model_type');
  if (isModelFamily(type)) return type;
  const supported = Object.keys(FAMILIES).join(', ');
  const message = `The model_type ${JSON.stringify(type)} of ${CONFIG_FILE} is not supported; supported are ${supported}.`;
  throw unusable('UNKNOWN_ARCHITECTURE', 'model_type', message);
}

const BIAS_FLAGS: readonly BiasFlag[] = ['attention_bias', 'mlp_bias'];

function readBiasFlags(fields: ConfigFields, { flaggedBiases }: Family): BiasFlag[] {
  const flags = BIAS_FLAGS.filter((flag) => fields.flag(flag, false));
  const foreign = flags.find((flag) => flaggedBiases[flag] === undefined);
  if (foreign !== undefined) throw unsupportedFlag(foreign, 'biases that are not part of its family');
  return flags;
}

function unsupportedFlag(key: string, addition: string): BonsaiError {
  const message = `${key} is true in ${CONFIG_FILE}; a model with ${addition} is not supported.`;
  return unusable('UNKNOWN_ARCHITECTURE', key, message);
}

function refuseUnsupported(fields: ConfigFields, { activations }: Family): void {
  if (fields.flag('qk_layernorm', false)) throw unsupportedFlag('qk_layernorm', 'layer norms of queries and keys');
  const activation = fields.text('hidden_act', activations[0]);
  if (!activations.includes(activation)) {
    const message = `The activation ${activation} is not supported; hidden_act of this model_type must be ${activations.join(' or ')}.`;
    throw unusable('UNKNOWN_ARCHITECTURE', 'hidden_act', message);
  }
  if (fields.raw('quantization_config') !== undefined) {
    const message = `The checkpoint is quantised; give the F32, F16 or BF16 checkpoint that it was made from.`;
    throw unusable('UNKNOWN_ARCHITECTURE', 'quantization_config', message);
  }
}

type Sizes = Pick<
  ModelConfig,
  'hiddenSize' | 'layerCount' | 'queryHeads' | 'kvHeads' | 'headDim' | 'ffnSize' | 'vocabSize'
>;

function readSizes(fields: ConfigFields, family: Family): Sizes {
  const hiddenSize = fields.size('hidden_size');
  const queryHeads = fields.size('num_attention_heads');
  const kvHeads = fields.size('num_key_value_heads', family.kvHeads ?? queryHeads);
  if (queryHeads % kvHeads !== 0) {
    const message = `num_attention_heads ${queryHeads} is not a multiple of num_key_value_heads ${kvHeads} in ${CONFIG_FILE}.`;
    throw unusable('CONFIG_INVALID', 'num_key_value_heads', message);
  }
  return {
    hiddenSize,
    layerCount: fields.size('num_hidden_layers'),
    queryHeads,
    kvHeads,
    headDim: readHeadDim(fields, hiddenSize / queryHeads, family),
    ffnSize: fields.size('intermediate_size'),
    vocabSize: fields.size('vocab_size'),
  };
}

function readHeadDim(fields: ConfigFields, hiddenPerHead: number, family: Family): number {
  const fallback = family.headDim ?? hiddenPerHead;
  if (fields.raw('head_dim') === undefined && !Number.isInteger(fallback)) {
    const message = `hidden_size of ${CONFIG_FILE} is not a multiple of num_attention_heads; head_dim must be given.`;
    throw unusable('CONFIG_INVALID', 'head_dim', message);
  }
  const headDim = fields.size('head_dim', fallback);
  if (headDim % 2 === 0) return headDim;
  throw unusable('CONFIG_INVALID', 'head_dim', `head_dim is ${headDim}; rotary embeddings need an even number.`);
}

/**
 * Positions that full causal attention computes exactly. Attention over a sliding window equals full attention as long
 * as no sequence is longer than the window, so a shorter window caps the context.
 */
function readContext(
  fields: ConfigFields,
  values: JsonObject,
  { slidingWindow }: Family,
): { readonly length: number; readonly notes: readonly string[] } {
  const positions = fields.size('max_position_embeddings');
  const window = readWindow(fields, values, slidingWindow) ?? positions;
  if (window >= positions) return { length: positions, notes: [] };
  const note = `The context is limited to the sliding window of ${window} tokens (the model has ${positions} positions).`;
  return { length: window, notes: [note] };
}

function readWindow(fields: ConfigFields, values: JsonObject, window: SlidingWindow | undefined): number | undefined {
  if (window === undefined || values['sliding_window'] === null) return undefined;
  if (window.enabledBy !== undefined && !fields.flag(window.enabledBy, false)) return undefined;
  const isLeftOut = fields.raw('sliding_window') === undefined;
  return isLeftOut ? window.default : fields.size('sliding_window');
}
