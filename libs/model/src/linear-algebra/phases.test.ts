import { describe, expect, it } from '@jest/globals';
import { atOnce, inSuccession, onePhase, rowPhase } from './phases.ts';

describe('rowPhase', () => {
  it.each([
    [0, 32],
    [1, 32],
    [32, 32],
    [65, 32],
    [3001, 16],
    [3001, 1],
  ])('deals out %i rows, each once, in few parts of a multiple of %i', (rows, least) => {
    const seen: number[] = [];
    const counts: number[] = [];
    const phase = rowPhase(rows, least, (first, count) => {
      counts.push(count);
      for (let row = first; row < first + count; row++) seen.push(row);
    });
    atOnce(onePhase(phase));
    expect(seen).toEqual(Array.from({ length: rows }, (_, row) => row));
    expect(phase.parts).toBeLessThanOrEqual(64);
    expect(counts.slice(0, -1).every((count) => count > 0 && count % least === 0)).toBe(true);
  });
});

describe('inSuccession', () => {
  it('runs the phases of one calculation after those of the other', () => {
    const ran: string[] = [];
    const calculation = (name: string, count: number) => ({
      count,
      phase: (index: number) => ({ parts: 1, run: () => void ran.push(`${name}${index}`) }),
    });
    const both = inSuccession(calculation('a', 2), calculation('none', 0), calculation('b', 1));
    atOnce(both);
    expect(ran).toEqual(['a0', 'a1', 'b0']);
    expect(() => both.phase(3)).toThrow(RangeError);
  });
});
