import { mkdtemp, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { writing } from './output-errors.ts';

/**
 * Tries whether outputs can be staged in a folder, which need not exist yet. Leaves nothing behind.
 * @throws BonsaiError OUTPUT_FAILED
 */
export async function probeFolder(folder: string): Promise<void> {
  const path = resolve(folder);
  await writing(folder, async () => {
    const firstMade = await makeFolder(path);
    try {
      await rmdir(await mkdtemp(join(path, '.probe-')));
    } finally {
      if (firstMade !== undefined) await removeEmpty(path, firstMade);
    }
  });
}

/** Removes a folder and those above it up to `first`, unless somebody else has put something there meanwhile. */
async function removeEmpty(path: string, first: string): Promise<void> {
  await rmdir(path).catch(() => undefined);
  if (path !== first && dirname(path) !== path) await removeEmpty(dirname(path), first);
}
