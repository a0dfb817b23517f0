import { BonsaiError } from '@bonsai/support';

/** What SQLite calls the failures that a user can do something about. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['SQLITE_NOTADB', 'is not a planner store; name another file with --store or move this one away'],
  ['SQLITE_CORRUPT', 'is damaged; move it away and start again, or restore a copy'],
  ['SQLITE_BUSY', 'is in use by another planner; stop that one or name another file with --store'],
  ['SQLITE_FULL', 'cannot grow because the disk is full; free some space and resume the job'],
  ['SQLITE_READONLY', 'is read-only; make it writable or name another file with --store'],
  ['SQLITE_CANTOPEN', 'cannot be opened; check that its folder exists and is writable'],
]);

/** An error of the store file as a typed error that says what to do about it. */
export function storeError(file: string, cause: unknown): BonsaiError {
  if (cause instanceof BonsaiError) return cause;
  const advice = ADVICE.get(primaryCode(cause)) ?? `failed: ${cause instanceof Error ? cause.message : String(cause)}`;
  return storeFailed(`The store file ${file} ${advice}.`, cause);
}

export function storeFailed(message: string, cause?: unknown): BonsaiError {
  return new BonsaiError(message, { code: 'INTERNAL', reason: 'STORE_FAILED', cause });
}

/** For a result that must be in the store by now. @throws BonsaiError STORE_FAILED */
export function notStored(): never {
  throw storeFailed('A result that was stored cannot be read back; check the disk and resume the job.');
}

/** Whether the error of a store says that another planner holds it. */
export function isStoreBusy(error: unknown): boolean {
  return error instanceof BonsaiError && primaryCode(error.cause) === 'SQLITE_BUSY';
}

/** SQLite's extended codes (SQLITE_IOERR_READ) refine a primary one (SQLITE_IOERR). */
function primaryCode(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return 'SQLITE_CANTOPEN';
  return String(cause.code).split('_').slice(0, 2).join('_');
}
