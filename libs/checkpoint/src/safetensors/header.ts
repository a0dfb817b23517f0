import { isJsonObject, parseJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';
import { corrupt } from '../checkpoint-errors.ts';
import { topLevelKeys } from '../json/top-level-keys.ts';

/** One tensor of a safetensors file. Offsets are absolute positions in the file. */
export interface SafetensorsEntry {
  readonly name: string;
  /** As the file spells it; not only the types that this library reads. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** Bytes of one element of every dtype of the format (safetensors 0.6). */
const ELEMENT_BYTES: ReadonlyMap<string, number> = new Map([
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['F8_E5M2', 1],
  ['F8_E4M3', 1],
  ['F8_E8M0', 1],
  ['I16', 2],
  ['U16', 2],
  ['F16', 2],
  ['BF16', 2],
  ['I32', 4],
  ['U32', 4],
  ['F32', 4],
  ['F64', 8],
  ['I64', 8],
  ['U64', 8],
]);

/** The limit of the reference implementation: a longer header is an attack or damage. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Bytes before the JSON text: its length, as a little-endian 64-bit integer. */
export const HEADER_LENGTH_BYTES = 8;

/**
 * Reads the JSON header of a safetensors file and checks everything that can be checked without reading the data:
 * known dtypes, sane shapes, sizes that agree with the shapes, and regions that fill the file without gap or overlap.
 * @param json the header's bytes, without the length before them
 * @throws BonsaiError CHECKPOINT_CORRUPT
 */
export function parseSafetensorsHeader(json: Uint8Array, fileBytes: number, file: string): SafetensorsEntry[] {
  const header = parseJsonObject(json);
  if (header === undefined || json[0] !== 0x7b) {
    throw corrupt(file, `The header of ${file} is not a JSON object; download the file again.`);
  }
  refuseRepeatedNames(json, file);
  const dataStart = HEADER_LENGTH_BYTES + json.byteLength;
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => parseEntry(name, value, dataStart, file));
  checkRegions(entries, dataStart, fileBytes, file);
  return entries;
}

function refuseRepeatedNames(json: Uint8Array, file: string): void {
  const seen = new Set<string>();
  for (const name of topLevelKeys(new TextDecoder().decode(json))) {
    if (seen.has(name)) throw corrupt(name, `${file} names the tensor ${name} twice; download the file again.`);
    seen.add(name);
  }
}

function parseEntry(name: string, value: unknown, dataStart: number, file: string): SafetensorsEntry {
  if (!isJsonObject(value))
    throw corrupt(name, `${file} does not describe the tensor ${name}; download the file again.`);
  const { dtype, shape } = value;
  const elementBytes = typeof dtype === 'string' ? ELEMENT_BYTES.get(dtype) : undefined;
  if (typeof dtype !== 'string' || elementBytes === undefined) {
    throw corrupt(name, `Tensor ${name} in ${file} has the unknown dtype ${JSON.stringify(dtype)}.`);
  }
  if (!isSizes(shape)) throw corrupt(name, `Tensor ${name} in ${file} has no valid shape: ${JSON.stringify(shape)}.`);
  const [start, end] = dataOffsets(value, name, file);
  const bytes = shape.reduce((product, size) => product * size, elementBytes);
  if (end - start !== bytes) {
    throw corrupt(
      name,
      `Tensor ${name} in ${file} is ${dtype} [${shape.join(', ')}], ${bytes} bytes, but ${end - start} are set aside for it.`,
    );
  }
  return { name, dtype, shape, start: dataStart + start, end: dataStart + end };
}

function dataOffsets(entry: JsonObject, name: string, file: string): readonly [number, number] {
  const offsets = entry['data_offsets'];
  if (isSizes(offsets) && offsets.length === 2) {
    const [start, end] = offsets;
    if (start !== undefined && end !== undefined && start <= end) return [start, end];
  }
  throw corrupt(name, `Tensor ${name} in ${file} has no valid data_offsets: ${JSON.stringify(offsets)}.`);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function checkRegions(entries: readonly SafetensorsEntry[], dataStart: number, fileBytes: number, file: string): void {
  let expected = dataStart;
  for (const { name, start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== expected) {
      const what = start < expected ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw corrupt(name, `Tensor ${name} in ${file} ${what}; download the file again.`);
    }
    if (end > fileBytes) {
      throw corrupt(name, `${file} is cut short inside tensor ${name}: ${fileBytes} bytes; download the file again.`);
    }
    expected = end;
  }
  if (expected !== fileBytes) {
    throw corrupt(file, `${file} has ${fileBytes} bytes where its header accounts for ${expected}; download it again.`);
  }
}
