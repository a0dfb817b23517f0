import { describe, expect, it } from '@jest/globals';
import { addScaled } from './add-scaled.ts';
import { matrixOf } from '../testing/matrix-of.ts';

describe('addScaled', () => {
  it('adds a multiple of another matrix, in place', () => {
    const x = matrixOf([1, 2, 3], [-1, 0, 0.5]);
    addScaled(x, matrixOf([10, 20, -3], [2, -4, 1]), -0.5);
    expect([...x.data]).toEqual([-4, -8, 4.5, -2, 2, 0]);
  });

  it('refuses a matrix of another shape', () => {
    expect(() => addScaled(matrixOf([1, 2]), matrixOf([1], [2]), 1)).toThrow('addScaled: y is [2, 1], not [1, 2]');
  });
});
