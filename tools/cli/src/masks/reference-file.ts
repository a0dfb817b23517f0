import { readFile } from 'node:fs/promises';
import { invalidArgument, isJsonObject, parseJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';

/** Removed units of one mask as the file lists them: indices by layer number. */
export interface ListedMask {
  readonly removedQueryHeads: ReadonlyMap<number, readonly number[]>;
  readonly removedFfnNeurons: ReadonlyMap<number, readonly number[]>;
}

const MASK_KEYS: readonly string[] = ['removed_query_heads', 'removed_ffn_neurons'];

/** Token windows of `{"windows": [[id, ...], ...]}`. @throws BonsaiError REQUEST_INVALID naming the place in the file */
export async function readWindowsFile(path: string): Promise<Uint32Array[]> {
  const windows = (await readJsonObject(path, '--windows'))['windows'];
  if (!Array.isArray(windows) || windows.length === 0) {
    throw wrong('windows', `${path} needs a list "windows" of lists of token ids.`);
  }
  return windows.map((window, i) => Uint32Array.from(indices(window, `windows[${i}]`)));
}

/** Masks of `{"masks": [{"removed_query_heads": {"0": [...]}, "removed_ffn_neurons": {"0": [...]}}, ...]}`. */
export async function readMasksFile(path: string): Promise<ListedMask[]> {
  const masks = (await readJsonObject(path, '--masks'))['masks'];
  if (!Array.isArray(masks)) throw wrong('masks', `${path} needs a list "masks".`);
  return masks.map((mask: unknown, i) => {
    if (!isJsonObject(mask)) throw wrong(`masks[${i}]`, 'A mask is an object.');
    refuseOtherKeys(mask, `masks[${i}]`);
    return {
      removedQueryHeads: byLayer(mask['removed_query_heads'], `masks[${i}].removed_query_heads`),
      removedFfnNeurons: byLayer(mask['removed_ffn_neurons'], `masks[${i}].removed_ffn_neurons`),
    };
  });
}

/** A misspelt list would be a mask that removes nothing. */
function refuseOtherKeys(mask: JsonObject, field: string): void {
  const other = Object.keys(mask).find((key) => !MASK_KEYS.includes(key));
  if (other !== undefined) throw wrong(`${field}.${other}`, `A mask has the keys ${MASK_KEYS.join(' and ')} only.`);
}

async function readJsonObject(path: string, option: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw wrong(option, `The file ${path} cannot be read; check the path.`);
  });
  const value = parseJsonObject(text);
  if (value === undefined) throw wrong(option, `The file ${path} has to hold a JSON object.`);
  return value;
}

function byLayer(value: unknown, field: string): Map<number, number[]> {
  if (value === undefined) return new Map();
  if (!isJsonObject(value)) throw wrong(field, 'Removed units are listed by layer: {"0": [1, 2], ...}.');
  return new Map(
    Object.entries(value).map(([layer, list]) => {
      if (!/^\d+$/.test(layer)) throw wrong(field, `"${layer}" is not the number of a layer.`);
      return [Number(layer), indices(list, `${field}.${layer}`)];
    }),
  );
}

function indices(value: unknown, field: string): number[] {
  if (!Array.isArray(value) || !value.every(isIndex)) throw wrong(field, 'Give a list of whole numbers from 0 on.');
  return value;
}

const isIndex = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 0xffffffff && Number.isInteger(value);

const wrong = (field: string, message: string): Error => invalidArgument('REQUEST_INVALID', field, message);
