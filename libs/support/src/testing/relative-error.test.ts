import { describe, expect, it } from '@jest/globals';
import { maxRelativeError, normalizedMeanSquareError, relativeError } from './relative-error.ts';

describe('numeric comparison', () => {
  it('measures the relative error against the expected value', () => {
    expect(relativeError(101, 100)).toBeCloseTo(0.01, 12);
    expect(relativeError(-99, -100)).toBeCloseTo(0.01, 12);
    expect(relativeError(0, 0)).toBe(0);
  });

  it('takes the worst element, and not-a-number is worse than any bound', () => {
    expect(maxRelativeError([1, 2.2], [1, 2])).toBeCloseTo(0.1, 12);
    expect(maxRelativeError([1, Number.NaN, 1], [1, 2, 1])).toBeNaN();
    expect(() => maxRelativeError([1], [1, 2])).toThrow(RangeError);
  });

  it('normalises the squared error by the energy of the expected values', () => {
    expect(normalizedMeanSquareError([1, 1], [1, 3])).toBeCloseTo(0.4, 12);
    expect(normalizedMeanSquareError([2], [0])).toBe(4);
  });
});
