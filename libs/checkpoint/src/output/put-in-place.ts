import { mkdtemp, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BonsaiError } from '@bonsai/support';
import { isSystemError } from './output-errors.ts';

/** What rename(2) answers where a directory takes the place of one with entries, or of a link to one. */
const OCCUPIED: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR']);

/**
 * Gives what is staged its name. A file is replaced in one step; a directory has to be moved away first, and is removed only
 * when the new one is in its place.
 * @param move renames, as rename(2) does
 * @throws BonsaiError OUTPUT_FAILED if what was moved away cannot be moved back; it is kept
 */
export async function putInPlace(staged: string, path: string, move: typeof rename = rename): Promise<void> {
  try {
    await move(staged, path);
  } catch (error) {
    if (!isSystemError(error) || !OCCUPIED.has(error.code)) throw error;
    await replace(staged, path, move);
  }
}

async function replace(staged: string, path: string, move: typeof rename): Promise<void> {
  const aside = await mkdtemp(join(dirname(path), `.${basename(path)}.replaced-`));
  const replaced = join(aside, basename(path));
  try {
    await move(path, replaced);
    await move(staged, path).catch(async (error: unknown) => {
      await move(replaced, path).catch((cause: unknown) => {
        throw notPutBack(path, replaced, cause);
      });
      throw error;
    });
  } catch (error) {
    // Only if it is empty: what could not be put back is the one copy there is.
    await rmdir(aside).catch(() => undefined);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

function notPutBack(path: string, replaced: string, cause: unknown): BonsaiError {
  const message = `${path} cannot be replaced, nor can what was there be put back; it is kept as ${replaced}, move it yourself.`;
  return new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'OUTPUT_FAILED', field: path, cause });
}
