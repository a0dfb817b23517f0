import { seededRandom, shuffle } from '@bonsai/support';
import type { PruningSettings } from '../procedure/pruning-procedure.ts';
import type { RecoveryRecipe } from './recovery.ts';

const RECOVERY_STREAM = 106;

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
  const order = shuffle(inOrder, seededRandom(seed, RECOVERY_STREAM));
  const heldOut = Math.min(MOST_HELD_OUT, Math.max(1, Math.floor(windowCount / HELD_OUT_EVERY)));
  const ascending = (indices: readonly number[]): number[] => [...indices].sort((a, b) => a - b);
  return { windows: ascending(order.slice(heldOut)), heldOut: ascending(order.slice(0, heldOut)) };
}

/**
 * Tokens that a recovery runs through the model, at most: those to fit on once with whole and once with cut blocks, and to align
 * with the whole model twice through that; those to judge by once as the model is cut, once with every recovery that is tried,
 * and once along with the others.
 */
export function recoveryTokens(
  windowTokens: readonly number[],
  { method, windows, heldOut }: RecoveryWindows & Pick<RecoveryRecipe, 'method'>,
  trials: number,
): number {
  const tokensOf = (indices: readonly number[]): number =>
    indices.reduce((sum, index) => sum + (windowTokens[index] ?? 0), 0);
  const fitPasses = method === 'alignedLeastSquares' ? 4 : 2;
  return fitPasses * tokensOf(windows) + (trials + 2) * tokensOf(heldOut);
}
