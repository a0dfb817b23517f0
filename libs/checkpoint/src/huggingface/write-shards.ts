import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { byteLengthOf } from '../output/write-tensor.ts';
import type { OutputTensor } from '../output/write-tensor.ts';
import { INDEX_FILE, SINGLE_FILE } from '../safetensors/open-shards.ts';
import { writeSafetensors } from '../safetensors/write-safetensors.ts';

/** Writes `model.safetensors`, or numbered shards with their index where that would exceed `shardBytes`. */
export async function writeShards(
  directory: string,
  tensors: readonly OutputTensor[],
  shardBytes: number,
): Promise<void> {
  const shards = divide(tensors, shardBytes);
  const [only] = shards;
  if (shards.length === 1 && only !== undefined) {
    await writeSafetensors(join(directory, SINGLE_FILE), only);
    return;
  }
  const weightMap: Record<string, string> = {};
  for (const [index, shard] of shards.entries()) {
    const name = shardName(index, shards.length);
    await writeSafetensors(join(directory, name), shard);
    for (const { stream } of shard) weightMap[stream.name] = name;
  }
  const totalSize = tensors.reduce((sum, tensor) => sum + byteLengthOf(tensor), 0);
  const index = { metadata: { total_size: totalSize }, weight_map: weightMap };
  await writeFile(join(directory, INDEX_FILE), `${JSON.stringify(index, undefined, 2)}\n`);
}

function shardName(index: number, count: number): string {
  const number = (value: number): string => String(value).padStart(5, '0');
  return `model-${number(index + 1)}-of-${number(count)}.safetensors`;
}

/** In order, as many tensors to a shard as fit; a tensor that is larger than a shard has one to itself. */
function divide(tensors: readonly OutputTensor[], shardBytes: number): OutputTensor[][] {
  const shards: OutputTensor[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    const bytes = byteLengthOf(tensor);
    if (shards.length === 0 || bytes > room) {
      shards.push([]);
      room = shardBytes;
    }
    shards.at(-1)?.push(tensor);
    room -= bytes;
  }
  return shards;
}
