import type { JsonObject } from '@bonsai/support';
import { unusable } from '../checkpoint-errors.ts';

export const CONFIG_FILE = 'config.json';

/** Checked access to the values of config.json; a key that is null counts as absent, as in transformers. */
export class ConfigFields {
  readonly #values: JsonObject;
  readonly #prefix: string;

  /** @param prefix path of the object within config.json, for messages: '' or 'rope_scaling.' */
  constructor(values: JsonObject, prefix = '') {
    this.#values = values;
    this.#prefix = prefix;
  }

  raw(key: string): unknown {
    return this.#values[key] ?? undefined;
  }

  /** A whole number >= 1. @throws BonsaiError CONFIG_INVALID */
  size(key: string, fallback?: number): number {
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
    throw this.#invalid(key, value, 'a whole number above 0');
  }

  /** A finite number > 0. @throws BonsaiError CONFIG_INVALID */
  positive(key: string, fallback?: number): number {
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    throw this.#invalid(key, value, 'a number above 0');
  }

  /** @throws BonsaiError CONFIG_INVALID */
  flag(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw this.#invalid(key, value, 'true or false');
  }

  /** @throws BonsaiError CONFIG_INVALID */
  text(key: string, fallback?: string): string {
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'string') return value;
    throw this.#invalid(key, value, 'a string');
  }

  #invalid(key: string, value: unknown, wanted: string): Error {
    const found = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
    const field = this.#prefix + key;
    return unusable('CONFIG_INVALID', field, `${field} of ${CONFIG_FILE} ${found}; it must be ${wanted}.`);
  }
}
