import { digest } from '@bonsai/support';
import type { DigestPart } from '@bonsai/support';
import type { SafetensorsEntry } from './safetensors/header.ts';
import type { LocatedTensor, OpenShards } from './safetensors/open-shards.ts';
import type { SafetensorsFile } from './safetensors/safetensors-file.ts';

const BLOCK_BYTES = 4096;
const BLOCKS_PER_TENSOR = 64;

/**
 * Content digest of a checkpoint: config.json, the header of every file, and blocks spread evenly over every tensor,
 * which is the whole tensor up to 256 KiB. Reading all weights would take minutes for a large model; two fine-tunes
 * differ in every block, and two zero-padded cuts of one model differ in those of every output projection.
 */
export async function checkpointRevision(config: Uint8Array, shards: OpenShards): Promise<string> {
  const parts: DigestPart[] = ['bonsai checkpoint 2', config];
  for (const file of shards.files) {
    parts.push(file.header);
    for (const entry of file.entries) parts.push(...(await readSamples(file, entry)));
  }
  return digest(parts);
}

/** Digest of the sampled blocks of one tensor: tensors of one shape and dtype that share it hold the same numbers. */
export async function tensorDigest({ file, entry }: LocatedTensor): Promise<string> {
  return digest(await readSamples(file, entry));
}

async function readSamples(file: SafetensorsFile, { start, end }: SafetensorsEntry): Promise<Uint8Array[]> {
  const blocks: Uint8Array[] = [];
  for (const [from, to] of sampledBlocks(start, end)) {
    const block = new Uint8Array(to - from);
    await file.read(block, from);
    blocks.push(block);
  }
  return blocks;
}

function sampledBlocks(start: number, end: number): ReadonlyArray<readonly [number, number]> {
  if (end - start <= BLOCKS_PER_TENSOR * BLOCK_BYTES) return [[start, end]];
  const step = (end - start - BLOCK_BYTES) / (BLOCKS_PER_TENSOR - 1);
  return Array.from({ length: BLOCKS_PER_TENSOR }, (_, i) => {
    const from = start + Math.floor(i * step);
    return [from, from + BLOCK_BYTES] as const;
  });
}
