import { describe, expect, it } from '@jest/globals';
import { addBias } from './add-bias.ts';
import { matrixOf } from '../testing/matrix-of.ts';

describe('addBias', () => {
  it('adds the same row to every row, in place', () => {
    const x = matrixOf([1, 2, 3], [-1, 0, 0.5]);
    addBias(x, matrixOf([10, 20, -3]));
    expect([...x.data]).toEqual([11, 22, 0, 9, 20, -2.5]);
  });

  it('refuses a bias of another width', () => {
    expect(() => addBias(matrixOf([1, 2]), matrixOf([1]))).toThrow('addBias: bias is [1, 1], not [1, 2]');
  });
});
