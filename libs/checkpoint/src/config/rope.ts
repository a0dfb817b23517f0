import { unusable } from '../checkpoint-errors.ts';
import { isJsonObject } from '../json/json-object.ts';
import type { Llama3RopeScaling } from '../model-config.ts';
import { CONFIG_FILE, ConfigFields } from './config-fields.ts';

export interface RopeConfig {
  readonly ropeTheta: number;
  readonly ropeScaling: Llama3RopeScaling | undefined;
}

/** Both LlamaConfig and MistralConfig. */
const DEFAULT_THETA = 10_000;

/**
 * Rotary embedding settings: `rope_theta` with `rope_scaling`, or `rope_parameters`, which replaces both since
 * transformers 5. @throws BonsaiError UNKNOWN_ARCHITECTURE for a type of scaling other than llama3, CONFIG_INVALID
 */
export function readRope(config: ConfigFields): RopeConfig {
  refusePartialRotation(config);
  const key = config.raw('rope_parameters') === undefined ? 'rope_scaling' : 'rope_parameters';
  const values = config.raw(key);
  if (values === undefined) return { ropeTheta: config.positive('rope_theta', DEFAULT_THETA), ropeScaling: undefined };
  if (!isJsonObject(values)) {
    throw unusable('CONFIG_INVALID', key, `${key} of ${CONFIG_FILE} must be an object or null.`);
  }
  const rope = new ConfigFields(values, `${key}.`);
  refusePartialRotation(rope);
  return { ropeTheta: readTheta(config, rope, key), ropeScaling: readScaling(config, rope, key) };
}

function readTheta(config: ConfigFields, rope: ConfigFields, key: string): number {
  if (rope.raw('rope_theta') === undefined) return config.positive('rope_theta', DEFAULT_THETA);
  const theta = rope.positive('rope_theta');
  if (config.raw('rope_theta') !== undefined && config.positive('rope_theta') !== theta) {
    const message = `rope_theta and ${key}.rope_theta of ${CONFIG_FILE} differ; keep the right one.`;
    throw unusable('CONFIG_INVALID', 'rope_theta', message);
  }
  return theta;
}

function readScaling(config: ConfigFields, rope: ConfigFields, key: string): Llama3RopeScaling | undefined {
  const type = rope.text('rope_type', rope.text('type', 'default'));
  if (type === 'default') return undefined;
  if (type !== 'llama3') {
    const message = `${key} of type ${JSON.stringify(type)} is not supported; supported are default and llama3.`;
    throw unusable('UNKNOWN_ARCHITECTURE', key, message);
  }
  const lowFreqFactor = rope.positive('low_freq_factor');
  const highFreqFactor = rope.positive('high_freq_factor');
  if (lowFreqFactor >= highFreqFactor) {
    const message = `${key}.low_freq_factor of ${CONFIG_FILE} must be below high_freq_factor.`;
    throw unusable('CONFIG_INVALID', `${key}.low_freq_factor`, message);
  }
  const original = config.raw('original_max_position_embeddings') ?? config.raw('max_position_embeddings');
  return {
    factor: rope.positive('factor'),
    lowFreqFactor,
    highFreqFactor,
    originalContextLength: rope.size(
      'original_max_position_embeddings',
      typeof original === 'number' ? original : undefined,
    ),
  };
}

function refusePartialRotation(fields: ConfigFields): void {
  if (fields.positive('partial_rotary_factor', 1) === 1) return;
  const message = `A partial_rotary_factor other than 1 is not supported.`;
  throw unusable('UNKNOWN_ARCHITECTURE', 'partial_rotary_factor', message);
}
