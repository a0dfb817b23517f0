import { describe, expect, it } from '@jest/globals';
import { parseSafetensorsHeader } from './header.ts';
import type { SafetensorsEntry } from './header.ts';

const FILE = 'model.safetensors';

function parse(header: string | object, dataBytes: number): SafetensorsEntry[] {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  return parseSafetensorsHeader(json, 8 + json.byteLength + dataBytes, FILE);
}

const a = { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] };
const b = { dtype: 'BF16', shape: [5], data_offsets: [24, 34] };

describe('parseSafetensorsHeader', () => {
  it('gives positions in the file, whatever the order of the names', () => {
    const header = { b, __metadata__: { format: 'pt' }, a };
    const start = 8 + JSON.stringify(header).length;
    expect(parse(header, 34)).toEqual([
      { name: 'b', dtype: 'BF16', shape: [5], start: start + 24, end: start + 34 },
      { name: 'a', dtype: 'F32', shape: [2, 3], start, end: start + 24 },
    ]);
  });

  it('knows the dtypes that it does not read', () => {
    expect(parse({ q: { dtype: 'F8_E4M3', shape: [3], data_offsets: [0, 3] } }, 3)).toHaveLength(1);
  });

  it('takes scalars and empty tensors', () => {
    const scalar = { dtype: 'F32', shape: [], data_offsets: [0, 4] };
    expect(parse({ scalar, none: { dtype: 'F32', shape: [0, 7], data_offsets: [4, 4] } }, 4)).toHaveLength(2);
  });

  it.each<[string, string | object, number, string]>([
    ['not JSON', '{"a": ', 0, FILE],
    ['not an object', '[]', 0, FILE],
    ['space before the object', ' {}', 0, FILE],
    ['a repeated tensor', `{"a": ${JSON.stringify(a)}, "a": ${JSON.stringify(a)}}`, 24, 'a'],
    ['an entry that is no object', { a: 7 }, 0, 'a'],
    ['an unknown dtype', { a: { ...a, dtype: 'F31' } }, 24, 'a'],
    ['no dtype', { a: { shape: [6], data_offsets: [0, 24] } }, 24, 'a'],
    ['a negative size', { a: { ...a, shape: [-2, -3] } }, 24, 'a'],
    ['a fractional size', { a: { ...a, shape: [1.5, 4] } }, 24, 'a'],
    ['a shape that is no list', { a: { ...a, shape: 6 } }, 24, 'a'],
    ['a shape too large for the region', { a: { ...a, shape: [2, 4] } }, 24, 'a'],
    ['a shape whose size overflows', { a: { ...a, shape: [2 ** 40, 2 ** 40] } }, 24, 'a'],
    ['no offsets', { a: { dtype: 'F32', shape: [6] } }, 24, 'a'],
    ['offsets in the wrong order', { a: { ...a, data_offsets: [24, 0] } }, 24, 'a'],
    ['three offsets', { a: { ...a, data_offsets: [0, 12, 24] } }, 24, 'a'],
    ['negative offsets', { a: { ...a, data_offsets: [-24, 0] } }, 24, 'a'],
    ['a gap between tensors', { a, b: { ...b, data_offsets: [28, 38] } }, 38, 'b'],
    ['a gap before the first tensor', { a: { ...a, data_offsets: [4, 28] } }, 28, 'a'],
    ['overlapping tensors', { a, b: { ...b, data_offsets: [20, 30] } }, 30, 'b'],
    ['a file that is cut short', { a, b }, 33, 'b'],
    ['bytes that belong to no tensor', { a }, 25, FILE],
  ])('refuses %s', (_, header, dataBytes, field) => {
    expect(() => parse(header, dataBytes)).toThrow(
      expect.objectContaining({ code: 'DATA_LOSS', reason: 'CHECKPOINT_CORRUPT', field }),
    );
  });

  it('refuses text that is not UTF-8', () => {
    const json = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect(() => parseSafetensorsHeader(json, 15, FILE)).toThrow(
      expect.objectContaining({ reason: 'CHECKPOINT_CORRUPT' }),
    );
  });
});
