import { byteLengthOf } from '../output/write-tensor.ts';
import type { OutputTensor } from '../output/write-tensor.ts';
import { encodeString, encodeU32, encodeU64, encodeValue } from './gguf-value.ts';
import type { GgufMetadata } from './gguf-value.ts';

/** The default of the format: the data section and every tensor start at multiples of it. */
export const GGUF_ALIGNMENT = 32;

const VERSION = 3;
/** ggml_type numbers. */
const TENSOR_TYPES = { F32: 0, F16: 1, BF16: 30 } as const;

/**
 * Everything before the data section, not padded. Tensors follow in the order given, each padded to the alignment.
 * Dimensions are in ggml order, fastest first: [outputs, inputs] of a linear map becomes ne = [inputs, outputs].
 */
export function encodeGgufHeader(metadata: GgufMetadata, tensors: readonly OutputTensor[]): Buffer {
  const parts = [Buffer.from('GGUF'), encodeU32(VERSION), encodeU64(tensors.length), encodeU64(metadata.size)];
  for (const [key, value] of metadata) parts.push(encodeString(key), encodeValue(value));
  let offset = 0;
  for (const tensor of tensors) {
    const { name, shape } = tensor.stream;
    parts.push(encodeString(name), encodeU32(shape.length));
    for (const size of [...shape].reverse()) parts.push(encodeU64(size));
    parts.push(encodeU32(TENSOR_TYPES[tensor.dtype]), encodeU64(offset));
    offset += Math.ceil(byteLengthOf(tensor) / GGUF_ALIGNMENT) * GGUF_ALIGNMENT;
  }
  return Buffer.concat(parts);
}
