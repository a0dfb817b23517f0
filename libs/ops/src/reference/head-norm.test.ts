import { describe, expect, it } from '@jest/globals';
import { headNorm } from './head-norm.ts';
import { matrixOf } from '../testing/matrix-of.ts';

describe('headNorm', () => {
  it('gives every query and key head a mean square of 1 before the gain of its kind, and leaves values alone', () => {
    const shape = { headDim: 2, queryHeads: 2, kvGroups: 1, windowLength: 1 };
    const qkv = matrixOf([7, 1, 0, 2, -3, -3, 5, 6]);
    headNorm(qkv, matrixOf([1, 10], [100, 1000]), shape, 0);
    const expected = [7 / 5, 10 / 5, 0, 10 * Math.SQRT2, -100, -1000, 5, 6];
    for (const [i, value] of expected.entries()) expect(qkv.data[i]).toBeCloseTo(value, 4);
  });

  it('adds epsilon to the mean square', () => {
    const shape = { headDim: 2, queryHeads: 1, kvGroups: 1, windowLength: 1 };
    const qkv = matrixOf([0, 0, 1, 1, 0, 0]);
    headNorm(qkv, matrixOf([1, 1], [1, 1]), shape, 3);
    expect([...qkv.data]).toEqual([0, 0, 0.5, 0.5, 0, 0]);
  });
});
