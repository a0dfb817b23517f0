import type { HostMatrix } from '@bonsai/ops';

// Arrays whose memory threads have in common.

export const sharedDoubles = (length: number): Float64Array =>
  new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));

export const sharedFloats = (length: number): Float32Array =>
  new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));

export function sharedIndices(indices: readonly number[]): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(indices.length * Int32Array.BYTES_PER_ELEMENT));
  shared.set(indices);
  return shared;
}

/** The same numbers, copied unless they are shared already. */
export function sharedMatrix({ rows, cols, data }: HostMatrix): HostMatrix {
  if (data.buffer instanceof SharedArrayBuffer) return { rows, cols, data };
  const shared = sharedFloats(data.length);
  shared.set(data);
  return { rows, cols, data: shared };
}
