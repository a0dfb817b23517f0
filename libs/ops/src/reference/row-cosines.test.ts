import { describe, expect, it } from '@jest/globals';
import { rowCosines } from './row-cosines.ts';
import { matrixOf, zeros } from '../testing/matrix-of.ts';

describe('rowCosines', () => {
  it('is the cosine of the angle between rows, whatever their lengths', () => {
    const out = zeros(4, 1);
    rowCosines(out, matrixOf([3, 0], [1, 1], [2, 5], [1, 0]), matrixOf([7, 0], [1, 0], [-4, -10], [0, 9]));
    expect([...out.data].map((value) => Number(value.toFixed(6)))).toEqual([1, 0.707107, -1, 0]);
  });

  it('is 0 where a row is zero', () => {
    const out = zeros(1, 1);
    rowCosines(out, matrixOf([0, 0]), matrixOf([1, 2]));
    expect(out.data[0]).toBe(0);
  });
});
