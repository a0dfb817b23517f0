import { describe, expect, it } from '@jest/globals';
import { attention } from './attention.ts';
import { MemoryMeter, ReferenceSelection } from './storage.ts';
import { matrixOf, zeros } from '../testing/matrix-of.ts';

describe('attention', () => {
  it('averages values by the softmax of scaled scores, never looking ahead', () => {
    const shape = { headDim: 4, queryHeads: 1, kvGroups: 1, windowLength: 2 };
    // The second query's scores are 2 ln 3 / sqrt 4 = ln 3 and 0, so its weights are 3/4 and 1/4.
    const first = [0, 0, 0, 0, 2 * Math.log(3), 0, 0, 0, 4, 0, 0, 1];
    const second = [1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 4, 1];
    const out = zeros(2, 4);
    attention(out, matrixOf(first, second), shape);
    expect([...out.data.subarray(0, 4)]).toEqual([4, 0, 0, 1]);
    [5, 0, 1, 1].forEach((expected, d) => expect(out.data[4 + d]).toBeCloseTo(expected, 6));
  });

  it('keeps windows apart', () => {
    const shape = { headDim: 2, queryHeads: 1, kvGroups: 1, windowLength: 1 };
    const out = zeros(3, 2);
    attention(out, matrixOf([9, 9, 9, 9, 1, 2], [9, 9, 9, 9, 3, 4], [9, 9, 9, 9, 5, 6]), shape);
    expect([...out.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('lets head h read group h / headsPerGroup', () => {
    const shape = { headDim: 2, queryHeads: 4, kvGroups: 2, windowLength: 1 };
    const out = zeros(1, 8);
    attention(out, matrixOf([...Array<number>(12).fill(0), 1, 2, 3, 4]), shape);
    expect([...out.data]).toEqual([1, 2, 1, 2, 3, 4, 3, 4]);
  });

  it('reads a row of a mask that keeps fewer heads as one of a narrower model, and pads it', () => {
    const shape = { headDim: 2, queryHeads: 4, kvGroups: 2, windowLength: 1 };
    const narrow = [...Array<number>(6).fill(0), 1, 2, ...Array<number>(8).fill(Number.NaN)];
    const wide = [...Array<number>(12).fill(0), 1, 2, 3, 4];
    const slim = [...Array<number>(8).fill(0), 1, 2, 3, 4, ...Array<number>(4).fill(Number.NaN)];
    const kept = [[2, 3], [0, 1, 2, 3], [], [1, 2]].map((heads) => Uint32Array.from(heads));
    const selection = new ReferenceSelection(kept, 4, 2, new MemoryMeter(), 2);
    const out = matrixOf(...Array.from({ length: 4 }, () => Array<number>(8).fill(9)));
    attention(out, matrixOf(narrow, wide, wide, slim), shape, selection);
    expect([...out.data]).toEqual([
      ...[1, 2, 1, 2, 0, 0, 0, 0],
      ...[1, 2, 1, 2, 3, 4, 3, 4],
      ...Array<number>(8).fill(0),
      ...[1, 2, 3, 4, 0, 0, 0, 0],
    ]);
  });

  it('survives scores whose exponentials overflow', () => {
    const shape = { headDim: 2, queryHeads: 1, kvGroups: 1, windowLength: 2 };
    const out = zeros(2, 2);
    attention(out, matrixOf([0, 0, 1e3, 0, 1, 0], [1e3, 0, 0, 0, 0, 1]), shape);
    expect([...out.data]).toEqual([1, 0, 1, 0]);
  });
});
