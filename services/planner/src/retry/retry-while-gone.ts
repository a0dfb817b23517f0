import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled } from '@bonsai/support';
import type { BonsaiError } from '@bonsai/support';
import { isServiceGone, isServiceSilent } from './service-gone.ts';

/** How long to go on asking a service that is gone. */
export interface RetryPolicy {
  /** Attempts in a row that bring nothing before the job fails. */
  readonly attempts: number;
  /** The same for attempts that met a service which hangs. */
  readonly silentAttempts: number;
  readonly firstDelayMilliseconds: number;
  /** The delay doubles up to this. */
  readonly longestDelayMilliseconds: number;
  /** Told about every attempt that met a service which is gone or hangs, with the count of those in a row. */
  readonly metGone?: (cause: BonsaiError, inVain: number) => void;
}

/**
 * Gives up after about a minute and a half, the retries within each call included: a restarted service is back in seconds.
 * One that hangs gets another chance, as the next call may meet another process behind its address.
 */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  attempts: 10,
  silentAttempts: 3,
  firstDelayMilliseconds: 250,
  longestDelayMilliseconds: 15_000,
};

/** Told by an attempt that it brought something, so that the count of vain attempts starts again. */
export type Advance = () => void;

/**
 * Repeats `attempt` while a service is gone or hangs. The attempt itself must ask only for what is still missing.
 * @param unavailable what is thrown after too many attempts in vain
 * @throws BonsaiError CANCELLED if the signal aborts, else what `unavailable` makes or the attempt threw
 */
export async function retryWhileGone<T>(
  policy: RetryPolicy,
  signal: AbortSignal,
  attempt: (advance: Advance) => Promise<T>,
  unavailable: (cause: BonsaiError) => BonsaiError,
): Promise<T> {
  let inVain = 0;
  for (;;) {
    try {
      return await attempt(() => (inVain = 0));
    } catch (error) {
      if (signal.aborted) throw stopped(error);
      const silent = isServiceSilent(error);
      if (!silent && !isServiceGone(error)) throw error;
      inVain++;
      policy.metGone?.(error, inVain);
      if (inVain >= (silent ? policy.silentAttempts : policy.attempts)) throw unavailable(error);
    }
    await delay(policy, inVain, signal);
  }
}

async function delay(policy: RetryPolicy, inVain: number, signal: AbortSignal): Promise<void> {
  const doubled = policy.firstDelayMilliseconds * 2 ** Math.max(0, inVain - 1);
  try {
    await sleep(Math.min(doubled, policy.longestDelayMilliseconds), undefined, { signal });
  } catch (error) {
    throw stopped(error);
  }
}

const stopped = (cause: unknown): BonsaiError => cancelled('The work was stopped.', { cause });
