import { RANDOM_STREAMS } from '../contract/random-streams.ts';
import { seededRandom, shuffle } from '@bonsai/support';
import { tokensOf } from '../contract/pruning-problem.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import type { RecoveryRecipe } from '../contract/recovery.ts';

/** One window in so many is held out to judge by, up to a number that tells small differences of the NLL apart. */
const HELD_OUT_EVERY = 8;
const MOST_HELD_OUT = 16;

/** Calibration windows by index, ascending; none is in both lists. */
export interface RecoveryWindows {
  readonly windows: readonly number[];
  readonly heldOut: readonly number[];
}

/** Least squares cannot have enough text: all windows that are not held out are fitted on. */
export function recoveryWindows({ seed }: PruningSettings, windowCount: number): RecoveryWindows {
  const inOrder = Array.from({ length: windowCount }, (_, index) => index);
  const order = shuffle(inOrder, seededRandom(seed, RANDOM_STREAMS.recovery));
  const heldOut = Math.min(MOST_HELD_OUT, Math.max(1, Math.floor(windowCount / HELD_OUT_EVERY)));
  const ascending = (indices: readonly number[]): number[] => [...indices].sort((a, b) => a - b);
  return { windows: ascending(order.slice(heldOut)), heldOut: ascending(order.slice(0, heldOut)) };
}

/** What decides how many tokens a recovery takes. */
type WindowedRecovery = RecoveryWindows & Pick<RecoveryRecipe, 'method'>;

/**
 * Tokens that the trials of a recovery run through the model, at most: one fit, and the windows to judge by once as the model is
 * cut, once with every recovery that is tried, and once along with the others.
 */
export function trialTokens(windowTokens: readonly number[], recovery: WindowedRecovery, trials: number): number {
  return fitTokens(windowTokens, recovery) + (trials + 2) * tokensOf(windowTokens, recovery.heldOut);
}

/** Tokens to judge all recoveries together by: another fit, and the windows to judge by with all and with the accepted ones. */
export function togetherTokens(windowTokens: readonly number[], recovery: WindowedRecovery): number {
  return fitTokens(windowTokens, recovery) + 2 * tokensOf(windowTokens, recovery.heldOut);
}

/**
 * Windows to fit on go once through whole and once through cut blocks, and to align with the whole model through that: once
 * where its blocks come one after the other, at most twice where they are side by side.
 */
export function fitTokens(
  windowTokens: readonly number[],
  { method, windows }: Pick<WindowedRecovery, 'method' | 'windows'>,
): number {
  return (method === 'alignedLeastSquares' ? 4 : 2) * tokensOf(windowTokens, windows);
}
