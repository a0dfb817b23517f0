import { describe, expect, it } from '@jest/globals';
import { layerNorm } from './layer-norm.ts';
import { matrixOf, zeros } from '../testing/matrix-of.ts';

describe('layerNorm', () => {
  it('gives every row mean 0 and variance 1 before gain and bias', () => {
    const out = zeros(2, 2);
    layerNorm(out, matrixOf([1, 3], [-5, -5]), matrixOf([10, 100]), matrixOf([0.5, 7]), 0.0001);
    const scale = 1 / Math.sqrt(1.0001);
    const expected = [0.5 - 10 * scale, 7 + 100 * scale, 0.5, 7];
    for (const [i, value] of expected.entries()) expect(out.data[i]).toBeCloseTo(value, 4);
  });

  it('fills columns that x does not have with the bias', () => {
    const out = zeros(1, 3);
    layerNorm(out, matrixOf([-1, 1]), matrixOf([1, 1, 9]), matrixOf([0, 0, 4]), 0);
    expect([...out.data]).toEqual([-1, 1, 4]);
  });
});
