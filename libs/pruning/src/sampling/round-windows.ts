import { RANDOM_STREAMS } from '../contract/random-streams.ts';
import { seededRandom, shuffle } from '@bonsai/support';
import { roundCount, statisticsOf } from '../contract/method-traits.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';

/**
 * Windows that one of several rounds collects statistics on: enough tokens for stable energies, a small part of what masks cost.
 * Rounds see other text each; a single round sees all of it.
 */
const STATISTICS_WINDOWS = 32;

/** Calibration windows of one round, by index, ascending. */
export interface RoundWindows {
  /** For the unmasked model and all masks alike. */
  readonly losses: readonly number[];
  /** As many others, two at least for their spread, or what text there is beside: finalists are compared on what they were not chosen by. */
  readonly finals: readonly number[];
  /** Empty where the method or its prior needs no statistics. */
  readonly statistics: readonly number[];
}

/**
 * The next windows of a seeded permutation, so that rounds see different text for as long as there is any. The published
 * scheme takes the first windows in every round.
 */
export function roundWindows(settings: PruningSettings, windowCount: number, round: number): RoundWindows {
  const unmeasured = statisticsOf(settings).length === 0;
  const inOrder = takesWindowsInOrder(settings);
  const order = windowOrder(settings, windowCount, inOrder);
  const turn = inOrder ? 0 : round;
  const take = (size: number, first: number): number[] => {
    const taken = Array.from({ length: size }, (_, i) => order[(first + i) % windowCount] as number);
    return taken.sort((a, b) => a - b);
  };
  const { windowsPerMask: size } = settings;
  const others = Math.min(Math.max(2, size), windowCount - size);
  const most = roundCount(settings) === 1 ? windowCount : STATISTICS_WINDOWS;
  const statistics = unmeasured ? 0 : Math.min(windowCount, most);
  return {
    losses: take(size, turn * size),
    finals: take(others, turn * size + offsetOfFinals(settings, windowCount, others)),
    statistics: take(statistics, turn * statistics),
  };
}

/** Behind the windows of all rounds, where there are as many; at least never among those of the same round. */
function offsetOfFinals({ rounds, windowsPerMask }: PruningSettings, windowCount: number, others: number): number {
  const behindAll = (rounds * windowsPerMask) % windowCount;
  return Math.min(Math.max(behindAll, windowsPerMask), windowCount - others);
}

function takesWindowsInOrder({ method }: PruningSettings): boolean {
  return method === 'paper' || method === 'paperLocal';
}

function windowOrder({ seed }: PruningSettings, windowCount: number, inOrder: boolean): number[] {
  const indices = Array.from({ length: windowCount }, (_, index) => index);
  return inOrder ? indices : shuffle(indices, seededRandom(seed, RANDOM_STREAMS.windows));
}
