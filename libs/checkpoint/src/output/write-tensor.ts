import { BonsaiError } from '@bonsai/support';
import type { TensorDtype } from '../checkpoint.ts';
import { elementCount } from '../cut/tensor-stream.ts';
import type { TensorStream } from '../cut/tensor-stream.ts';
import { encodeFloats, exceedsRange } from '../floats/encode-floats.ts';
import { FLOAT_BYTES } from '../floats/decode-floats.ts';
import type { FileWriter } from './file-writer.ts';

/** A tensor with the number format that it is written in. */
export interface OutputTensor {
  readonly stream: TensorStream;
  readonly dtype: TensorDtype;
}

export function byteLengthOf({ stream, dtype }: OutputTensor): number {
  return elementCount(stream.shape) * FLOAT_BYTES[dtype];
}

/** @throws BonsaiError LAYOUT_NOT_SUPPORTED for a weight that the number format cannot hold */
export async function writeTensor(writer: FileWriter, { stream, dtype }: OutputTensor): Promise<void> {
  for await (const values of stream.chunks()) {
    const bad = exceedsRange(values, dtype);
    if (bad >= 0) {
      throw new BonsaiError(`Tensor ${stream.name} holds ${values[bad]}, which ${dtype} cannot; write F32 instead.`, {
        code: 'FAILED_PRECONDITION',
        reason: 'LAYOUT_NOT_SUPPORTED',
        field: stream.name,
      });
    }
    await writer.write(encodeFloats(values, dtype));
  }
}
