import { readFile } from 'node:fs/promises';

export interface GgufContent {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, { readonly type: number; readonly value: unknown }>;
  /** ne: dimensions as in the file, fastest first; start: position in the file. */
  readonly tensors: ReadonlyMap<
    string,
    { readonly ne: readonly number[]; readonly type: number; readonly start: number }
  >;
  readonly bytes: Buffer;
}

const ARRAY = 9;
const STRING = 8;

/** Reads a GGUF v3 file by the format's description, independently of how it is written here. */
export async function readGguf(path: string): Promise<GgufContent> {
  const cursor = new Cursor(await readFile(path));
  if (cursor.take(4).toString('latin1') !== 'GGUF') throw new Error('no magic');
  const version = cursor.u32();
  const tensorCount = cursor.u64();
  const metadataCount = cursor.u64();
  const metadata = new Map<string, { type: number; value: unknown }>();
  for (let i = 0; i < metadataCount; i++) {
    const key = cursor.string();
    const type = cursor.u32();
    metadata.set(key, { type, value: cursor.value(type) });
  }
  const infos = Array.from({ length: tensorCount }, () => ({
    name: cursor.string(),
    ne: Array.from({ length: cursor.u32() }, () => cursor.u64()),
    type: cursor.u32(),
    offset: cursor.u64(),
  }));
  const dataStart = Math.ceil(cursor.position / 32) * 32;
  const tensors = new Map(infos.map(({ name, ne, type, offset }) => [name, { ne, type, start: dataStart + offset }]));
  return { version, metadata, tensors, bytes: cursor.bytes };
}

/** Values of an F32 tensor in the file's order. */
export function ggufFloats({ tensors, bytes }: GgufContent, name: string): number[] {
  const tensor = tensors.get(name);
  if (tensor === undefined || tensor.type !== 0) throw new Error(`no F32 tensor ${name}`);
  const count = tensor.ne.reduce((product, size) => product * size, 1);
  return Array.from({ length: count }, (_, i) => bytes.readFloatLE(tensor.start + 4 * i));
}

class Cursor {
  position = 0;
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  take(count: number): Buffer {
    this.position += count;
    return this.bytes.subarray(this.position - count, this.position);
  }

  u32(): number {
    return this.take(4).readUInt32LE();
  }

  u64(): number {
    return Number(this.take(8).readBigUInt64LE());
  }

  string(): string {
    return this.take(this.u64()).toString('utf8');
  }

  value(type: number): unknown {
    if (type === ARRAY) {
      const itemType = this.u32();
      const length = this.u64();
      return { itemType, items: Array.from({ length }, () => this.value(itemType)) };
    }
    if (type === STRING) return this.string();
    if (type === 4) return this.u32();
    if (type === 5) return this.take(4).readInt32LE();
    if (type === 6) return this.take(4).readFloatLE();
    if (type === 7) return this.take(1)[0] === 1;
    throw new Error(`type ${type}`);
  }
}
