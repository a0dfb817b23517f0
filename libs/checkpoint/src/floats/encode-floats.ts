import { BF16_OVERFLOW, F16_OVERFLOW } from '@bonsai/support';
import type { TensorDtype } from '../checkpoint.ts';
import { FLOAT_BYTES } from './decode-floats.ts';

/**
 * Rounds f32 values to a dtype (to nearest, ties to even), little-endian. Values that came from a dtype go back to the
 * very bits they came from. A finite value beyond the range of F16 becomes an infinity: see {@link exceedsRange}.
 */
export function encodeFloats(values: Float32Array, dtype: TensorDtype): Uint8Array {
  const bytes = new Uint8Array(values.length * FLOAT_BYTES[dtype]);
  const view = new DataView(bytes.buffer);
  if (dtype === 'F32') {
    for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i] as number, true);
    return bytes;
  }
  const round = dtype === 'F16' ? halfBits : brainBits;
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) view.setUint16(2 * i, round(bits[i] as number), true);
  return bytes;
}

/** Index of the first finite value that the dtype cannot hold, or -1. */
export function exceedsRange(values: Float32Array, dtype: TensorDtype): number {
  if (dtype === 'F32') return -1;
  const limit = dtype === 'F16' ? F16_OVERFLOW : BF16_OVERFLOW;
  return values.findIndex((value) => Math.abs(value) >= limit);
}

function brainBits(bits: number): number {
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude >= 0x4780_0000) return sign | 0x7c00;
  // Normal halves: rebias the exponent (127 to 15) and round away 13 bits; a carry into the exponent is right.
  if (magnitude >= 0x3880_0000) {
    return sign | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  // Below 2^-25 all is zero; the tie at 2^-25 goes to zero, which is even.
  if (magnitude <= 0x3300_0000) return sign;
  const shift = 126 - (magnitude >>> 23);
  const fraction = (magnitude & 0x7f_ffff) | 0x80_0000;
  const kept = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept);
}
