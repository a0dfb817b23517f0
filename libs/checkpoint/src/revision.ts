import { digest } from '@bonsai/support';
import type { DigestPart } from '@bonsai/support';
import type { OpenShards } from './safetensors/open-shards.ts';

const BLOCK_BYTES = 4096;

/**
 * Content digest of a checkpoint: config.json, the header of every file, and three blocks (start, middle, end) of every
 * tensor. Reading all weights would take minutes for a large model; two fine-tunes differ in every sampled block.
 */
export async function checkpointRevision(config: Uint8Array, shards: OpenShards): Promise<string> {
  const parts: DigestPart[] = ['bonsai checkpoint 1', config];
  for (const file of shards.files) {
    parts.push(file.header);
    for (const { start, end } of file.entries) {
      for (const [from, to] of sampledBlocks(start, end)) {
        const block = new Uint8Array(to - from);
        await file.read(block, from);
        parts.push(block);
      }
    }
  }
  return digest(...parts);
}

function sampledBlocks(start: number, end: number): ReadonlyArray<readonly [number, number]> {
  if (end - start <= 3 * BLOCK_BYTES) return [[start, end]];
  const middle = start + Math.floor((end - start - BLOCK_BYTES) / 2);
  return [
    [start, start + BLOCK_BYTES],
    [middle, middle + BLOCK_BYTES],
    [end - BLOCK_BYTES, end],
  ];
}
