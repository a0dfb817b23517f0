import { describe, expect, it } from '@jest/globals';
import { rmsNorm } from './rms-norm.ts';
import { matrixOf, zeros } from '../testing/matrix-of.ts';

describe('rmsNorm', () => {
  it('divides by the root mean square and multiplies by the gain', () => {
    const out = zeros(2, 2);
    rmsNorm(out, matrixOf([1, 7], [0, 0]), matrixOf([10, 1]), 0.0001);
    // mean(1, 49) = 25
    expect(out.data[0]).toBeCloseTo(2, 4);
    expect(out.data[1]).toBeCloseTo(1.4, 4);
    expect([...out.data.subarray(2)]).toEqual([0, 0]);
  });

  it('counts epsilon within the root', () => {
    const out = zeros(1, 1);
    rmsNorm(out, matrixOf([1]), matrixOf([1]), 3);
    expect(out.data[0]).toBe(0.5);
  });
});
