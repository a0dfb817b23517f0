import { describe, expect, it } from '@jest/globals';
import { checkLosses } from './check-answers.ts';

describe('losses of a metric', () => {
  it('are taken as they are, infinity included', () => {
    expect(checkLosses([-1, 0, Infinity], 3)).toEqual([-1, 0, Infinity]);
  });

  it.each<[readonly unknown[], RegExp]>([
    [[1], /1 losses for 2 masks/],
    [[1, 2, 3], /3 losses for 2 masks/],
    [[1, NaN], /mask 1 of 2 is NaN/],
    [[-Infinity, 1], /mask 0 of 2 is -Infinity/],
    [[1, '2'], /mask 1 of 2 is 2/],
    [[undefined, 1], /mask 0 of 2 is undefined/],
  ])('%j are refused', (losses, message) => {
    expect(() => checkLosses(losses, 2)).toThrow(
      expect.objectContaining({ reason: 'METRIC_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
