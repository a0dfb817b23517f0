import { describe, expect, it } from '@jest/globals';
import { mean, median, sampleDeviation, standardError } from './statistics.ts';

describe('statistics of a sample', () => {
  const values = [4, 1, 10, 5];

  it('are the mean and how far it may be off', () => {
    expect(mean(values)).toBe(5);
    // 1 + 16 + 25 + 0, over 3.
    expect(sampleDeviation(values)).toBeCloseTo(Math.sqrt(14), 12);
    expect(standardError(values)).toBeCloseTo(Math.sqrt(14 / 4), 12);
  });

  it('know no spread of a single value', () => {
    expect([mean([3]), sampleDeviation([3]), standardError([3]), median([3])]).toEqual([3, 0, 0, 3]);
  });

  it('have a median that is one of the values, by size and not by their texts', () => {
    expect(median([10, 9, 100])).toBe(10);
    expect(median(values)).toBe(5);
    expect(values).toEqual([4, 1, 10, 5]);
  });

  it('are no numbers where there is nothing', () => {
    expect([mean([]), median([])]).toEqual([Number.NaN, Number.NaN]);
  });
});
