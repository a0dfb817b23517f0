import type { FileHandle } from 'node:fs/promises';
import { FLOAT_BYTES } from '../floats/decode-floats.ts';
import { FileWriter } from '../output/file-writer.ts';
import { byteLengthOf, writeTensor } from '../output/write-tensor.ts';
import type { OutputTensor } from '../output/write-tensor.ts';
import { HEADER_LENGTH_BYTES } from './header.ts';

/**
 * Writes a safetensors file, streamed. Tensors of wide elements come first, so that each is aligned to its element.
 * @param file as {@link FileWriter.create} takes it
 * @throws BonsaiError LAYOUT_NOT_SUPPORTED
 */
export async function writeSafetensors(file: string | FileHandle, tensors: readonly OutputTensor[]): Promise<void> {
  const ordered = [...tensors].sort((a, b) => FLOAT_BYTES[b.dtype] - FLOAT_BYTES[a.dtype]);
  await FileWriter.create(file, async (writer) => {
    await writer.write(encodeHeader(ordered));
    for (const tensor of ordered) await writeTensor(writer, tensor);
  });
}

function encodeHeader(tensors: readonly OutputTensor[]): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let start = 0;
  for (const tensor of tensors) {
    const end = start + byteLengthOf(tensor);
    header[tensor.stream.name] = { dtype: tensor.dtype, shape: tensor.stream.shape, data_offsets: [start, end] };
    start = end;
  }
  const text = JSON.stringify(header);
  const json = Buffer.from(text.padEnd(text.length + ((8 - (Buffer.byteLength(text) % 8)) % 8)), 'utf8');
  const length = Buffer.alloc(HEADER_LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  return Buffer.concat([length, json]);
}
