import { describe, expect, it } from '@jest/globals';
import { gatedLinear } from './gated-linear.ts';
import { linear } from './linear.ts';
import { matrixOf, zeros } from '../testing/matrix-of.ts';

describe('linear', () => {
  const x = matrixOf([1, 2, 3], [-1, 0, 0.5]);
  const weight = matrixOf([1, 0, 0], [1, 1, 1]);

  it('multiplies by the transposed weight', () => {
    const out = zeros(2, 2);
    linear(out, x, weight);
    expect([...out.data]).toEqual([1, 6, -1, -0.5]);
  });

  it('adds the residual, which may be the output itself', () => {
    const out = matrixOf([10, 20], [30, 40]);
    linear(out, x, weight, out);
    expect([...out.data]).toEqual([11, 26, 29, 39.5]);
  });

  it('refuses shapes that do not fit', () => {
    expect(() => linear(zeros(2, 3), x, weight)).toThrow('linear: out is [2, 3], not [2, 2]');
  });
});

describe('gatedLinear', () => {
  const weight = { gate: matrixOf([1], [Math.LN2]), up: matrixOf([3], [-2]) };

  it('is silu(gate) times up', () => {
    const out = zeros(1, 2);
    gatedLinear(out, matrixOf([1]), weight);
    // silu(ln 2) = ln 2 * sigmoid(ln 2) = ln 2 * 2 / 3
    expect(out.data[0]).toBeCloseTo(3 / (1 + Math.exp(-1)), 6);
    expect(out.data[1]).toBeCloseTo((-4 / 3) * Math.LN2, 6);
  });
});
