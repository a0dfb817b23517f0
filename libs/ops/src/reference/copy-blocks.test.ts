import { describe, expect, it } from '@jest/globals';
import { matrixOf, zeros } from '../testing/matrix-of.ts';
import { copyBlocks } from './copy-blocks.ts';

describe('copyBlocks', () => {
  const x = matrixOf([1, 2], [3, 4], [5, 6], [7, 8]);

  it('takes every block from where it is told', () => {
    const out = zeros(6, 2);
    copyBlocks(out, x, Uint32Array.of(1, 0, 1));
    expect([...out.data]).toEqual([5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('refuses a block that is not there, and blocks that do not fit', () => {
    expect(() => copyBlocks(zeros(4, 2), x, Uint32Array.of(0, 2))).toThrow('block 2 of 2');
    expect(() => copyBlocks(zeros(5, 2), x, Uint32Array.of(0, 1))).toThrow('5 rows in 2 blocks');
    expect(() => copyBlocks(zeros(3, 2), x, Uint32Array.of(0))).toThrow('4 rows in blocks of 3');
  });
});
