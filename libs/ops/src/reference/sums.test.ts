import { describe, expect, it } from '@jest/globals';
import { ROW_STEP } from '../backend.ts';
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

  it('adds to a band of rows alone', () => {
    const wide = matrixOf(Array.from({ length: ROW_STEP + 2 }, (_, column) => column - ROW_STEP + 3));
    const band = { rows: 2, cols: wide.cols, data: new Float32Array(2 * wide.cols) };
    gram(band, wide, wide, 1, undefined, ROW_STEP);
    expect([...band.data.subarray(ROW_STEP, ROW_STEP + 2)]).toEqual([9, 0]);
    expect([...band.data.subarray(wide.cols + ROW_STEP)]).toEqual([12, 16]);
    expect(() => gram(band, wide, wide, 1, undefined, 1)).toThrow(`no multiple of ${ROW_STEP}`);
    expect(() => gram(band, wide, wide, 1, undefined, 2 * ROW_STEP)).toThrow('rows 512 to 514 of 258');
  });

  it('adds products of the columns of two matrices', () => {
    const sums = matrixOf([0, 0, 1], [0, 0, 0]);
    gram(sums, x, matrixOf([1, 0, 2], [0, 1, 0], [1, 1, 0]), 2);
    expect([...sums.data]).toEqual([-4, -2, 3, -2, 4, -4]);
  });
});
