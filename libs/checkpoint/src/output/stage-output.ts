import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BonsaiError } from '@bonsai/support';

/**
 * Writes a file or directory so that it appears under its name only when it is complete: `write` gets a path in a new
 * directory beside the target, which is renamed at the end and removed after any failure.
 * @throws BonsaiError OUTPUT_EXISTS, OUTPUT_FAILED, and whatever `write` throws on purpose
 */
export async function stageOutput<T>(
  target: string,
  options: { readonly overwrite: boolean },
  write: (stagedPath: string) => Promise<T>,
): Promise<T> {
  const path = resolve(target);
  if (!options.overwrite && (await exists(path))) {
    throw new BonsaiError(`${target} exists already; remove it, choose another name or allow overwriting.`, {
      code: 'ALREADY_EXISTS',
      reason: 'OUTPUT_EXISTS',
      field: target,
    });
  }
  try {
    return await writeStaged(path, write);
  } catch (cause) {
    if (!isSystemError(cause) || cause.syscall === 'read') throw cause;
    throw new BonsaiError(`${target} cannot be written: ${explain(cause.code)}.`, {
      code: cause.code === 'ENOSPC' || cause.code === 'EDQUOT' ? 'RESOURCE_EXHAUSTED' : 'FAILED_PRECONDITION',
      reason: 'OUTPUT_FAILED',
      field: target,
      cause,
    });
  }
}

async function writeStaged<T>(path: string, write: (stagedPath: string) => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const staging = await mkdtemp(join(dirname(path), `.${basename(path)}.partial-`));
  try {
    const staged = join(staging, basename(path));
    const result = await write(staged);
    await putInPlace(staged, path, join(staging, 'replaced'));
    return result;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** What rename(2) answers where the target is a directory with entries, or of another kind than the source. */
const OCCUPIED: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'EISDIR', 'ENOTDIR']);

/** A file is replaced in one step; a directory has to be moved away first, and back if that fails. */
async function putInPlace(staged: string, path: string, replaced: string): Promise<void> {
  try {
    await rename(staged, path);
  } catch (error) {
    if (!isSystemError(error) || !OCCUPIED.has(error.code)) throw error;
    await rename(path, replaced);
    try {
      await rename(staged, path);
    } catch (second) {
      await rename(replaced, path);
      throw second;
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

interface SystemError {
  readonly code: string;
  readonly syscall: string;
}

/** By its properties: errors of Node's own do not share the `Error` of a test environment. */
function isSystemError(error: unknown): error is SystemError {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('syscall' in error)) return false;
  return typeof error.code === 'string' && typeof error.syscall === 'string';
}

const EXPLANATIONS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'the disk is full; free some space'],
  ['EDQUOT', 'the disk quota is used up; free some space'],
  ['EACCES', 'permission is denied; choose a folder that you may write to'],
  ['EPERM', 'permission is denied; choose a folder that you may write to'],
  ['EROFS', 'the file system is read-only; choose another folder'],
  ['ENOTDIR', 'a part of the path is a file; choose another folder'],
  ['EEXIST', 'a part of the path is a file; choose another folder'],
]);

function explain(code: string): string {
  return EXPLANATIONS.get(code) ?? `the system says ${code}`;
}
