import { statfs } from 'node:fs/promises';
import { BonsaiError } from '@bonsai/support';

/**
 * @param folder of temporary files, which is there
 * @param bytes that are to be written to it
 * @param what they are, for the message
 * @throws BonsaiError OUTPUT_FAILED if the disk has less room
 */
export async function requireRoom(folder: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (bytes > free)
    throw noRoom(folder, `${what} take ${gigabytes(bytes)} in ${folder}, where ${gigabytes(free)} are free`);
}

/** @param problem a clause */
export function noRoom(folder: string, problem: string, cause?: unknown): BonsaiError {
  const message = `${problem}: free some space, or name a folder on another disk by TMPDIR.`;
  return new BonsaiError(message, { code: 'RESOURCE_EXHAUSTED', reason: 'OUTPUT_FAILED', field: folder, cause });
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
