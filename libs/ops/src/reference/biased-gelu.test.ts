import { describe, expect, it } from '@jest/globals';
import { biasedGelu } from './biased-gelu.ts';
import { MemoryMeter, ReferenceSelection } from './storage.ts';
import { matrixOf, zeros } from '../testing/matrix-of.ts';

describe('biasedGelu', () => {
  it('is z times the normal distribution function of z = x + bias, but for the tanh in its place', () => {
    const out = zeros(2, 2);
    biasedGelu(out, matrixOf([0.5, -1], [-9.5, 8]), matrixOf([0.5, 2]));
    for (const [i, value] of [0.8413, 0.8413, 0, 10].entries()) expect(out.data[i]).toBeCloseTo(value, 3);
  });

  it('moves what a mask keeps to the left', () => {
    const out = zeros(2, 3);
    const kept = new ReferenceSelection([Uint32Array.of(2), Uint32Array.of(0, 1)], 3, 1, new MemoryMeter());
    biasedGelu(out, matrixOf([90, 90, 20], [20, 30, 90]), matrixOf([1, 2, 3]), kept);
    expect([...out.data]).toEqual([23, 0, 0, 21, 32, 0]);
  });
});
