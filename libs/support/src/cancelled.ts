import { BonsaiError } from './bonsai-error.ts';

/** Work that somebody does not want any more. */
export function cancelled(
  message: string,
  details: { readonly field?: string; readonly cause?: unknown } = {},
): BonsaiError {
  return new BonsaiError(message, { code: 'CANCELLED', reason: 'CANCELLED', ...details });
}

/** The signal's own reason where it is one of ours, e.g. an exceeded deadline. @throws BonsaiError */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const cause: unknown = signal.reason;
  throw cause instanceof BonsaiError ? cause : cancelled('The work was cancelled.', { cause });
}
