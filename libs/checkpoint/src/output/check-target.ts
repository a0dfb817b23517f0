import { readdir, stat } from 'node:fs/promises';
import { BonsaiError } from '@bonsai/support';
import { CONFIG_FILE } from '../config/config-fields.ts';

type OutputKind = 'file' | 'directory';

export interface TargetOptions {
  /** What is going to be written; a file by default. */
  readonly kind?: OutputKind;
  /** Whether it may take the place of what is there: a file of a file, a directory of an earlier output. */
  readonly overwrite: boolean;
}

/**
 * Refuses to write where that would lose anything but an earlier output.
 * @throws BonsaiError OUTPUT_EXISTS
 */
export async function checkTarget(target: string, { kind = 'file', overwrite }: TargetOptions): Promise<void> {
  const found = await kindOf(target);
  if (found === undefined) return;
  if (found !== kind) {
    throw outputExists(target, `is a ${found}, but a ${kind} is to be written; choose another name`);
  }
  if (!overwrite) {
    throw outputExists(target, 'exists already; remove it, choose another name or allow overwriting');
  }
  if (kind === 'directory' && !(await isEarlierOutput(target))) {
    throw outputExists(target, `holds no ${CONFIG_FILE}, so it is no earlier output; remove it or choose another name`);
  }
}

async function kindOf(target: string): Promise<OutputKind | undefined> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.isDirectory() ? 'directory' : 'file';
}

/** A checkpoint, or nothing yet. */
async function isEarlierOutput(directory: string): Promise<boolean> {
  const names = await readdir(directory);
  return names.length === 0 || names.includes(CONFIG_FILE);
}

function outputExists(target: string, why: string): BonsaiError {
  return new BonsaiError(`${target} ${why}.`, { code: 'ALREADY_EXISTS', reason: 'OUTPUT_EXISTS', field: target });
}
