import { isJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';
import { unusable } from '../checkpoint-errors.ts';
import type { Llama3RopeScaling, ModelConfig } from '../model-config.ts';
import { CONFIG_FILE, ConfigFields } from './config-fields.ts';

export type RopeConfig = Pick<ModelConfig, 'rotaryDim' | 'ropeTheta' | 'ropeScaling'>;

/** Both LlamaConfig and MistralConfig. */
const DEFAULT_THETA = 10_000;

/**
 * Rotary embedding settings: `rope_theta` with `rope_scaling`, or `rope_parameters`, which replaces both since
 * transformers 5.
 * @param rotatedShare of a head, where the family rotates a part and config.json does not say which
 * @throws BonsaiError UNKNOWN_ARCHITECTURE for a type of scaling other than llama3 or several rotations, CONFIG_INVALID
 */
export function readRope(config: ConfigFields, headDim: number, rotatedShare: number | undefined): RopeConfig {
  const key = config.raw('rope_parameters') === undefined ? 'rope_scaling' : 'rope_parameters';
  const values = config.raw(key);
  if (values === undefined) {
    const ropeTheta = config.positive('rope_theta', DEFAULT_THETA);
    return { rotaryDim: readRotaryDim([config], headDim, rotatedShare), ropeTheta, ropeScaling: undefined };
  }
  if (!isJsonObject(values)) {
    throw unusable('CONFIG_INVALID', key, `${key} of ${CONFIG_FILE} must be an object or null.`);
  }
  refuseNested(values, key);
  refuseContradiction(config.raw('rope_scaling') ?? {}, values);
  const rope = new ConfigFields(values, `${key}.`);
  return {
    rotaryDim: readRotaryDim([rope, config], headDim, rotatedShare),
    ropeTheta: readTheta(config, rope, key),
    ropeScaling: readScaling(config, rope, key),
  };
}

/** Settings by type of layer, as transformers has them for models whose layers rotate in different ways. */
function refuseNested(values: JsonObject, key: string): void {
  const nested = Object.keys(values).find((name) => isJsonObject(values[name]));
  if (nested === undefined) return;
  const message = `${key} of ${CONFIG_FILE} has settings of its own for ${nested}; one rotation for all layers is supported.`;
  throw unusable('UNKNOWN_ARCHITECTURE', key, message);
}

/** Where both are given, transformers 5 takes rope_scaling, and forgets the theta of rope_parameters. */
function refuseContradiction(scaling: unknown, values: JsonObject): void {
  if (isJsonObject(scaling) && Object.entries(scaling).every(([name, value]) => values[name] === value)) return;
  const message = `rope_scaling and rope_parameters of ${CONFIG_FILE} differ; write what you mean into one, and leave the other out.`;
  throw unusable('CONFIG_INVALID', 'rope_scaling', message);
}

const SHARE = 'partial_rotary_factor';

/** @param places where the share may stand; the first one counts */
function readRotaryDim(places: readonly ConfigFields[], headDim: number, rotatedShare: number | undefined): number {
  if (rotatedShare === undefined) {
    for (const fields of places) refusePartialRotation(fields);
    return headDim;
  }
  const stated = places.find((fields) => fields.raw(SHARE) !== undefined);
  const share = stated?.positive(SHARE) ?? rotatedShare;
  // As transformers rounds.
  const rotaryDim = Math.trunc(headDim * share);
  if (rotaryDim % 2 === 0 && rotaryDim > 0 && rotaryDim <= headDim) return rotaryDim;
  const message = `${SHARE} ${share} rotates ${rotaryDim} of the ${headDim} elements of a head; that must be an even number of them.`;
  throw unusable('CONFIG_INVALID', SHARE, message);
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
  if (fields.positive(SHARE, 1) === 1) return;
  throw unusable('UNKNOWN_ARCHITECTURE', SHARE, `A ${SHARE} other than 1 is not supported for this model_type.`);
}
