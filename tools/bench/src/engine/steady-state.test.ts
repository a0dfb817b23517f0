import { describe, expect, it } from '@jest/globals';
import { slope, steadyState } from './steady-state.ts';

describe('slope', () => {
  it('is that of a line, and 0 where there is none', () => {
    const line = [0, 1, 2, 5].map((x) => [x, 3 * x + 7] as const);
    expect(slope(line)).toBeCloseTo(3, 12);
    expect([slope([]), slope([[1, 5]])]).toEqual([0, 0]);
  });
});

describe('steadyState', () => {
  it('runs every batch and sees what a leak adds to each', async () => {
    let bytes = 0;
    const { samples, growth } = await steadyState(
      100,
      () => {
        bytes += 256;
        return Promise.resolve();
      },
      () => bytes,
    );
    expect(bytes).toBe(25_600);
    expect(samples.length).toBeGreaterThanOrEqual(10);
    expect(growth.device).toBeCloseTo(256, 9);
  });
});
