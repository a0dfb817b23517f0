import { describe, expect, it } from '@jest/globals';
import { PortionSize } from './portion-size.ts';

/** Lets a device of a given speed run portion after portion, and tells how long the last one takes, in milliseconds. */
function settle(flopsPerMillisecond: number, portion = new PortionSize()): number {
  for (let i = 0; i < 30; i++) portion.took(portion.flops, portion.flops / flopsPerMillisecond);
  return portion.flops / flopsPerMillisecond;
}

describe('PortionSize', () => {
  it.each([
    ['a CPU of 40 GFLOP/s', 4e7],
    ['an integrated GPU of 1 TFLOP/s', 1e9],
    ['a GPU of 400 TFLOP/s', 4e11],
  ])('comes to portions of a fraction of a second on %s', (_, speed) => {
    const milliseconds = settle(speed);
    expect(milliseconds).toBeGreaterThanOrEqual(60);
    expect(milliseconds).toBeLessThanOrEqual(500);
  });

  it('follows a device that becomes slower', () => {
    const portion = new PortionSize();
    settle(4e11, portion);
    expect(settle(4e9, portion)).toBeLessThanOrEqual(500);
  });

  it('does not grow by portions that were not full', () => {
    const portion = new PortionSize();
    const before = portion.flops;
    portion.took(before / 2, 1);
    expect(portion.flops).toBe(before);
  });
});
