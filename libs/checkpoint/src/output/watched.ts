import type { OutputTensor } from './write-tensor.ts';
import { byteLengthOf } from './write-tensor.ts';
import { FLOAT_BYTES } from '../floats/decode-floats.ts';

/** The same tensors; `onProgress` is told the share of all their bytes that has been asked for so far, 0 to 1. */
export function watched(
  tensors: readonly OutputTensor[],
  onProgress: ((share: number) => void) | undefined,
): readonly OutputTensor[] {
  if (onProgress === undefined) return tensors;
  const total = tensors.reduce((sum, tensor) => sum + byteLengthOf(tensor), 0);
  let done = 0;
  return tensors.map(({ stream, dtype }) => ({
    dtype,
    stream: {
      ...stream,
      async *chunks() {
        for await (const values of stream.chunks()) {
          yield values;
          done += values.length * FLOAT_BYTES[dtype];
          onProgress(done / total);
        }
      },
    },
  }));
}
