import { describe, expect, it } from '@jest/globals';
import { columnNorms } from './column-norms.ts';
import { concatenateRows, selectColumnBlocks, selectRowBlocks } from './select-blocks.ts';

const matrix = { rows: 4, cols: 4, data: Float32Array.from({ length: 16 }, (_, i) => i) };

describe('selecting blocks', () => {
  it('gathers rows', () => {
    expect([...selectRowBlocks(matrix, [1], 2).data]).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
    expect([...selectRowBlocks(matrix, [0, 3], 1).data]).toEqual([0, 1, 2, 3, 12, 13, 14, 15]);
  });

  it('gathers columns', () => {
    expect(selectColumnBlocks(matrix, [1], 2)).toEqual({
      rows: 4,
      cols: 2,
      data: Float32Array.of(2, 3, 6, 7, 10, 11, 14, 15),
    });
    expect([...selectColumnBlocks(matrix, [0, 3], 1).data]).toEqual([0, 3, 4, 7, 8, 11, 12, 15]);
  });

  it('takes everything as it is', () => {
    expect(selectRowBlocks(matrix, [0, 1], 2)).toBe(matrix);
    expect(selectColumnBlocks(matrix, [0, 1, 2, 3], 1)).toBe(matrix);
  });

  it('puts matrices below each other', () => {
    const first = { rows: 1, cols: 2, data: Float32Array.of(1, 2) };
    const second = { rows: 2, cols: 2, data: Float32Array.of(3, 4, 5, 6) };
    expect(concatenateRows([first, second])).toEqual({ rows: 3, cols: 2, data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  });
});

describe('columnNorms', () => {
  it('sums squares and averages sizes down the columns', () => {
    const norms = columnNorms({ rows: 2, cols: 2, data: Float32Array.of(3, -1, -4, 2) });
    expect(norms).toEqual({ squares: Float64Array.of(25, 5), meanAbs: Float64Array.of(3.5, 1.5) });
  });
});
