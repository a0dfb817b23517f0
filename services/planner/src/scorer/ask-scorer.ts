import { retryWhileGone } from '../retry/retry-while-gone.ts';
import type { Advance, RetryPolicy } from '../retry/retry-while-gone.ts';
import { scorerUnavailable } from './scorer-error.ts';

/**
 * Asks as often as it takes while the scorer is gone or hangs.
 * @throws BonsaiError SCORER_UNAVAILABLE after too many attempts in vain, and what {@link retryWhileGone} throws
 */
export function askScorer<T>(
  policy: RetryPolicy,
  signal: AbortSignal,
  attempt: (advance: Advance) => Promise<T>,
): Promise<T> {
  return retryWhileGone(policy, signal, attempt, scorerUnavailable);
}
