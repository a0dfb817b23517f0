import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TensorDtype } from '../checkpoint.ts';
import { decodeFloats } from './decode-floats.ts';
import { encodeFloats, exceedsRange } from './encode-floats.ts';

function decode(bytes: Uint8Array, dtype: TensorDtype): Float32Array {
  const values = new Float32Array(bytes.byteLength / (dtype === 'F32' ? 4 : 2));
  decodeFloats(bytes, dtype, values, 0);
  return values;
}

function bitsOf(value: number, dtype: 'F16' | 'BF16'): number {
  const bytes = encodeFloats(Float32Array.of(value), dtype);
  return new DataView(bytes.buffer).getUint16(0, true);
}

/** The value of a half by IEEE 754, written down independently of the table. */
function halfValue(bits: number): number {
  const magnitude = bits & 0x7fff;
  const steps = magnitude < 0x400 ? magnitude : (0x400 + (magnitude & 0x3ff)) * 2 ** ((magnitude >> 10) - 1);
  return (bits & 0x8000 ? -1 : 1) * steps * 2 ** -24;
}

function allBits(): number[] {
  return Array.from({ length: 0x10000 }, (_, bits) => bits);
}

function bytesOf(bits: readonly number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(bits).buffer);
}

describe('float formats', () => {
  it('widens every finite half exactly and gives its bits back', () => {
    const finite = allBits().filter((bits) => (bits & 0x7c00) !== 0x7c00);
    const values = decode(bytesOf(finite), 'F16');
    expect(values).toEqual(Float32Array.from(finite, halfValue));
    expect(encodeFloats(values, 'F16')).toEqual(bytesOf(finite));
  });

  it('widens every finite BF16 exactly and gives its bits back', () => {
    const finite = allBits().filter((bits) => (bits & 0x7f80) !== 0x7f80);
    expect(encodeFloats(decode(bytesOf(finite), 'BF16'), 'BF16')).toEqual(bytesOf(finite));
    expect([...decode(Uint8Array.of(0x80, 0x3f, 0x49, 0xc0), 'BF16')]).toEqual([1, -3.140625]);
  });

  it('rounds to the nearest half, ties to even', () => {
    fc.assert(
      fc.property(fc.float({ min: -65_504, max: 65_504, noNaN: true }), (value) => {
        const bits = bitsOf(value, 'F16');
        const error = Math.abs(halfValue(bits) - value);
        for (const other of [bits - 1, bits + 1].filter((near) => (near & 0x7fff) < 0x7c00 && near >= 0)) {
          const otherError = Math.abs(halfValue(other) - value);
          expect(error < otherError || (error === otherError && (bits & 1) === 0) || halfValue(bits) === 0).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [2 ** -25, 0x0000],
    [2 ** -25 * (1 + 2 ** -20), 0x0001],
    [3 * 2 ** -25, 0x0002],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [65_519, 0x7bff],
    [65_520, 0x7c00],
    [-0, 0x8000],
  ])('rounds %d to the half 0x%s', (value, bits) => {
    expect(bitsOf(value, 'F16')).toBe(bits);
  });

  it('rounds to the nearest BF16, ties to even', () => {
    expect(bitsOf(1 + 2 ** -8, 'BF16')).toBe(0x3f80);
    expect(bitsOf(1 + 3 * 2 ** -8, 'BF16')).toBe(0x3f82);
    expect(bitsOf(1 + 2 ** -8 + 2 ** -20, 'BF16')).toBe(0x3f81);
  });

  it('finds the first value that a format cannot hold', () => {
    expect(exceedsRange(Float32Array.of(1, -65_519, 65_520), 'F16')).toBe(2);
    expect(exceedsRange(Float32Array.of(1e38, -3.4e38), 'BF16')).toBe(1);
    expect(exceedsRange(Float32Array.of(3.4e38), 'F32')).toBe(-1);
  });

  it.each(['F32', 'F16', 'BF16'] as const)('finds the first value of %s that is not finite', (dtype) => {
    const bytes = encodeFloats(Float32Array.of(1, 2, Infinity, -Infinity), dtype);
    expect(decodeFloats(bytes, dtype, new Float32Array(6), 1)).toBe(3);
    const notANumber = { F32: [0, 0, 0xc0, 0x7f], F16: [0, 0x7e], BF16: [0xc0, 0x7f] }[dtype];
    expect(decodeFloats(Uint8Array.from(notANumber), dtype, new Float32Array(1), 0)).toBe(0);
  });
});
