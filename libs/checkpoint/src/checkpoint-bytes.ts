import type { Checkpoint } from './checkpoint.ts';
import { FLOAT_BYTES } from './floats/decode-floats.ts';

/** Bytes that the tensors of a checkpoint take in its files. */
export function checkpointBytes({ tensors }: Pick<Checkpoint, 'tensors'>): number {
  let bytes = 0;
  for (const { dtype, shape } of tensors.values()) {
    bytes += shape.reduce((product, size) => product * size, FLOAT_BYTES[dtype]);
  }
  return bytes;
}
