import { describe, expect, it } from '@jest/globals';
import { latencyTarget } from './latency-target.ts';

describe('latencyTarget', () => {
  it.each([
    ['0.6', { share: 0.6 }],
    ['.25', { share: 0.25 }],
    ['12.5ms', { picoseconds: 12_500_000_000 }],
    ['300us', { picoseconds: 300_000_000 }],
    ['2s', { picoseconds: 2_000_000_000_000 }],
  ])('reads %s', (text, target) => {
    expect(latencyTarget(text)).toEqual(target);
  });

  it.each(['', '0', '1', '-0.5', '-3ms', '0ms', '1.5', '60%', 'NaN', 'NaNms', 'fast', '5 ms', 'Infinity', '9999999s'])(
    'refuses %j',
    (text) => {
      expect(() => latencyTarget(text)).toThrow('such as 0.6');
    },
  );
});
