import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Removes a job store that no planner holds, with all that the planner keeps beside it under its name. */
export async function removeStore(file: string): Promise<void> {
  const folder = dirname(file);
  const names = await readdir(folder);
  for (const name of names.filter((found) => found.startsWith(basename(file)))) {
    await rm(join(folder, name), { recursive: true });
  }
}
