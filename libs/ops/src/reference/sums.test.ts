import { describe, expect, it } from '@jest/globals';
import { columnSums } from './column-sums.ts';
import { gram } from './gram.ts';
import { matrixOf } from '../testing/matrix-of.ts';

const x = matrixOf([1, -2], [3, 4], [-5, 0]);

describe('columnSums', () => {
  it('adds sums of absolute values, values and squares', () => {
    const sums = matrixOf([100, 0], [0, 0], [0, 1000]);
    columnSums(sums, x, 3);
    expect([...sums.data]).toEqual([109, 6, -1, 2, 35, 1020]);
  });
});

describe('gram', () => {
  it('adds products of columns, up to the diagonal', () => {
    const sums = matrixOf([1, 0], [0, 1]);
    gram(sums, x, x, 3);
    expect([...sums.data]).toEqual([36, 0, 10, 21]);
  });

  it('adds to a range of rows alone', () => {
    const sums = matrixOf([1, 0], [0, 1]);
    gram(sums, x, x, 3, { first: 0, count: 1 });
    expect([...sums.data]).toEqual([36, 0, 0, 1]);
    expect(() => gram(sums, x, x, 3, { first: 0, count: 3 })).toThrow('rows 0 to 3 of 2');
  });

  it('adds products of the columns of two matrices', () => {
    const sums = matrixOf([0, 0, 1], [0, 0, 0]);
    gram(sums, x, matrixOf([1, 0, 2], [0, 1, 0], [1, 1, 0]), 2);
    expect([...sums.data]).toEqual([-4, -2, 3, -2, 4, -4]);
  });
});
