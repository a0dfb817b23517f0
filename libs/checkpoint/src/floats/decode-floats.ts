import type { TensorDtype } from '../checkpoint.ts';

export const FLOAT_BYTES: Readonly<Record<TensorDtype, number>> = { F32: 4, F16: 2, BF16: 2 };

export function isTensorDtype(dtype: string): dtype is TensorDtype {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

/** Value of every half-precision bit pattern. */
let halfTable: Float32Array | undefined;

function halfValues(): Float32Array {
  halfTable ??= Float32Array.from({ length: 0x10000 }, (_, bits) => halfToFloat(bits));
  return halfTable;
}

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * Widens little-endian floats to f32, exactly, into `target` from element `offset` on.
 * @returns index in `target` of the first value that is not finite, or -1
 */
export function decodeFloats(bytes: Uint8Array, dtype: TensorDtype, target: Float32Array, offset: number): number {
  const count = bytes.byteLength / FLOAT_BYTES[dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === 'F32') {
    for (let i = 0; i < count; i++) target[offset + i] = view.getFloat32(4 * i, true);
  } else if (dtype === 'F16') {
    const values = halfValues();
    for (let i = 0; i < count; i++) target[offset + i] = values[view.getUint16(2 * i, true)] as number;
  } else {
    const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
    for (let i = 0; i < count; i++) bits[offset + i] = view.getUint16(2 * i, true) << 16;
  }
  return firstNotFinite(target, offset, offset + count);
}

function firstNotFinite(values: Float32Array, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const value = values[i] as number;
    if (value - value !== 0) return i;
  }
  return -1;
}
