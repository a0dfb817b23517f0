import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { roundWindows } from './round-windows.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

const settings: PruningSettings = { ...SMALL_JOB, rounds: 4, windowsPerMask: 6, seed: 9 };

describe('roundWindows', () => {
  const rounds = [0, 1, 2, 3].map((round) => roundWindows(settings, 24, round));

  it('uses every window once before any is used again', () => {
    expect(rounds.flatMap(({ losses }) => losses).sort((a, b) => a - b)).toEqual([...Array(24).keys()]);
  });

  it('names no window twice in one round, even where the text is short', () => {
    for (let round = 0; round < 9; round++) {
      const { losses, statistics } = roundWindows(settings, 7, round);
      expect(new Set(losses).size).toBe(6);
      expect(statistics).toEqual([0, 1, 2, 3, 4, 5, 6]);
    }
  });

  it('compares finalists on other windows than masks, for as long as there is text', () => {
    const windows = Array.from({ length: 4 }, (_, round) => roundWindows(settings, 48, round));
    const all = windows.flatMap(({ losses, finals }) => [...losses, ...finals]);
    expect(new Set(all).size).toBe(48);
  });

  it('never compares finalists on windows of their own round', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(19),
        (windowsPerMask, more, rounds, round) => {
          const count = windowsPerMask + more;
          const { losses, finals } = roundWindows({ ...settings, windowsPerMask, rounds }, count, round % rounds);
          expect(losses).toHaveLength(windowsPerMask);
          expect(finals).toHaveLength(Math.min(Math.max(2, windowsPerMask), more));
          expect(new Set([...losses, ...finals]).size).toBe(losses.length + finals.length);
        },
      ),
    );
  });

  it('collects statistics on other windows in every round, for as long as there is text', () => {
    const [first, second] = [0, 1].map((round) => roundWindows(settings, 64, round).statistics);
    expect([...first!, ...second!].sort((a, b) => a - b)).toEqual([...Array(64).keys()]);
  });

  it.each<[Partial<PruningSettings>, number]>([
    [{}, 32],
    [{ rounds: 1 }, 40],
    [{ method: 'priorOnly' }, 32],
    [{ method: 'priorOnly', rounds: 1 }, 40],
    [{ method: 'flap', prior: 'fluctuation' }, 40],
    [{ method: 'shortGpt' }, 40],
  ])('collects those of %j on %d of 40 windows: all where no round comes after', (change, expected) => {
    expect(roundWindows({ ...settings, ...change }, 40, 0).statistics).toHaveLength(expected);
  });

  it('collects no statistics where none are used', () => {
    expect(roundWindows({ ...settings, prior: 'random' }, 24, 0).statistics).toEqual([]);
    expect(roundWindows({ ...settings, method: 'random' }, 24, 0).statistics).toEqual([]);
  });

  it('stays with the first windows in the published scheme', () => {
    expect(roundWindows({ ...settings, method: 'paper' }, 24, 3).losses).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
