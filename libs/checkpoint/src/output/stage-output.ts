import { mkdtemp, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { checkTarget } from './check-target.ts';
import type { TargetOptions } from './check-target.ts';
import { makeFolder } from './make-folder.ts';
import { writing } from './output-errors.ts';
import { putInPlace } from './put-in-place.ts';

/**
 * Writes a file or directory so that it appears under its name only when it is complete: `write` gets a path in a new
 * directory beside the target, which is renamed at the end and removed after any failure.
 * @throws BonsaiError OUTPUT_EXISTS, OUTPUT_FAILED, and whatever `write` throws on purpose
 */
export async function stageOutput<T>(
  target: string,
  options: TargetOptions,
  write: (stagedPath: string) => Promise<T>,
): Promise<T> {
  return writing(target, async () => {
    await checkTarget(target, options);
    return writeStaged(resolve(target), async (staged) => {
      const result = await write(staged);
      // Again: writing may have taken minutes.
      await checkTarget(target, options);
      return result;
    });
  });
}

async function writeStaged<T>(path: string, write: (stagedPath: string) => Promise<T>): Promise<T> {
  await makeFolder(dirname(path));
  const staging = await mkdtemp(join(dirname(path), `.${basename(path)}.partial-`));
  try {
    const staged = join(staging, basename(path));
    const result = await write(staged);
    await putInPlace(staged, path);
    return result;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
