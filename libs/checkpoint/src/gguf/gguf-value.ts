/** A metadata value with its type in the file. */
export type GgufValue =
  | { readonly type: 'u32' | 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'u32[]' | 'i32[]' | 'f32[]'; readonly value: readonly number[] }
  | { readonly type: 'string[]'; readonly value: readonly string[] };

export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** Numbers of the types in GGUF v3. */
const TYPE_NUMBERS = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8 } as const;
const ARRAY = 9;

type ScalarType = keyof typeof TYPE_NUMBERS;

export function u32(value: number): GgufValue {
  return { type: 'u32', value };
}

export function f32(value: number): GgufValue {
  return { type: 'f32', value };
}

export function text(value: string): GgufValue {
  return { type: 'string', value };
}

export function encodeString(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([encodeU64(bytes.byteLength), bytes]);
}

export function encodeU32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function encodeU64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** The value with its type in front, as it follows a key. */
export function encodeValue(entry: GgufValue): Buffer {
  switch (entry.type) {
    case 'u32':
    case 'f32':
      return Buffer.concat([encodeU32(TYPE_NUMBERS[entry.type]), encodeNumber(entry.type, entry.value)]);
    case 'bool':
      return Buffer.concat([encodeU32(TYPE_NUMBERS.bool), Buffer.of(entry.value ? 1 : 0)]);
    case 'string':
      return Buffer.concat([encodeU32(TYPE_NUMBERS.string), encodeString(entry.value)]);
    case 'u32[]':
      return encodeArray(
        'u32',
        entry.value.map((value) => encodeNumber('u32', value)),
      );
    case 'i32[]':
      return encodeArray(
        'i32',
        entry.value.map((value) => encodeNumber('i32', value)),
      );
    case 'f32[]':
      return encodeArray(
        'f32',
        entry.value.map((value) => encodeNumber('f32', value)),
      );
    case 'string[]':
      return encodeArray('string', entry.value.map(encodeString));
  }
}

function encodeArray(type: ScalarType, items: readonly Buffer[]): Buffer {
  return Buffer.concat([encodeU32(ARRAY), encodeU32(TYPE_NUMBERS[type]), encodeU64(items.length), ...items]);
}

function encodeNumber(type: 'u32' | 'i32' | 'f32', value: number): Buffer {
  const bytes = Buffer.alloc(4);
  if (type === 'u32') bytes.writeUInt32LE(value);
  else if (type === 'i32') bytes.writeInt32LE(value);
  else bytes.writeFloatLE(value);
  return bytes;
}
