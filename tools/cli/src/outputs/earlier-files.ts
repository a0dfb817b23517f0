import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What a pruning job may write beside its plan: models and recovered weights. */
const OF_A_PLAN = /^(.*-pruned\.gguf|hf|recovered\.safetensors)$/;

/**
 * Files of a plan that lie in a folder and were not written now, so that they may be another plan's.
 * @param written paths, as joined with the folder
 */
export async function earlierFiles(out: string, written: readonly string[]): Promise<string[]> {
  const paths = (await readdir(out)).filter((name) => OF_A_PLAN.test(name)).map((name) => join(out, name));
  return paths.filter((path) => !written.includes(path)).sort();
}

export const earlierFileNote = (path: string): string =>
  `${path} was there before and is not of this run; it may be of another plan.`;
