import { BonsaiError } from '@bonsai/support';

/**
 * Runs work that writes to a path, and says in words what the system has against it.
 * @throws BonsaiError OUTPUT_FAILED, and whatever `work` throws on purpose or while it reads
 */
export async function writing<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isSystemError(cause) || cause.syscall === 'read') throw cause;
    throw new BonsaiError(`${target} cannot be written: ${explain(cause.code)}.`, {
      code: isDiskFull(cause) ? 'RESOURCE_EXHAUSTED' : 'FAILED_PRECONDITION',
      reason: 'OUTPUT_FAILED',
      field: target,
      cause,
    });
  }
}

interface SystemError {
  readonly code: string;
  readonly syscall: string;
}

/** By its properties: errors of Node's own do not share the `Error` of a test environment. */
export function isSystemError(error: unknown): error is SystemError {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('syscall' in error)) return false;
  return typeof error.code === 'string' && typeof error.syscall === 'string';
}

/** The disk, or the share of it that the user may have. */
export function isDiskFull(error: unknown): boolean {
  return isSystemError(error) && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

const EXPLANATIONS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'the disk is full; free some space'],
  ['EDQUOT', 'the disk quota is used up; free some space'],
  ['EACCES', 'permission is denied; choose a folder that you may write to'],
  ['EPERM', 'permission is denied; choose a folder that you may write to'],
  ['EROFS', 'the file system is read-only; choose another folder'],
  ['ENOENT', 'a folder of the path is not there and cannot be made; choose another folder'],
  ['ENOTDIR', 'a part of the path is a file; choose another folder'],
  ['EEXIST', 'a part of the path is a file; choose another folder'],
]);

function explain(code: string): string {
  return EXPLANATIONS.get(code) ?? `the system says ${code}`;
}
