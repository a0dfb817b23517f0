import { describe, expect, it } from '@jest/globals';
import { normal, seededRandom } from '@bonsai/support';
import { rotaryEmbedding } from './rotary-embedding.ts';
import { rotationTable } from '../cases/inputs.ts';
import { matrixOf } from '../testing/matrix-of.ts';

describe('rotaryEmbedding', () => {
  it('turns pairs (i, i + headDim / 2) of queries and keys and leaves values alone', () => {
    const shape = { headDim: 4, queryHeads: 1, kvGroups: 1, windowLength: 2 };
    const row = [1, 2, 0, 0, 0, 0, 3, 4, 5, 6, 7, 8];
    const qkv = matrixOf(row, row);
    // Position 1: a quarter turn of the first pair, a half turn of the second.
    rotaryEmbedding(qkv, matrixOf([1, 1, 0, 0], [0, -1, 1, 0]), shape);
    expect([...qkv.data.subarray(0, 12)]).toEqual(row);
    expect([...qkv.data.subarray(12)].map((v) => v + 0)).toEqual([0, -2, 1, 0, -3, 0, 0, -4, 5, 6, 7, 8]);
  });

  it('leaves the elements that the table does not reach', () => {
    const shape = { headDim: 4, queryHeads: 1, kvGroups: 1, windowLength: 1 };
    const qkv = matrixOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    rotaryEmbedding(qkv, matrixOf([0, 1]), shape);
    expect([...qkv.data]).toEqual([-2, 1, 3, 4, -6, 5, 7, 8, 9, 10, 11, 12]);
  });

  it('makes the product of a query and a key depend on their distance alone (seed 1)', () => {
    const random = seededRandom(1);
    const row = Array.from({ length: 24 }, () => normal(random));
    const shape = { headDim: 8, queryHeads: 1, kvGroups: 1, windowLength: 9 };
    const qkv = matrixOf(...Array.from({ length: 9 }, () => row));
    rotaryEmbedding(qkv, rotationTable(9, 8), shape);
    const score = (query: number, key: number): number =>
      Array.from({ length: 8 }, (_, d) => (qkv.data[query * 24 + d] ?? 0) * (qkv.data[key * 24 + 8 + d] ?? 0)).reduce(
        (a, b) => a + b,
      );
    expect(score(8, 5)).toBeCloseTo(score(4, 1), 5);
    expect(Math.abs(score(8, 5) - score(8, 4))).toBeGreaterThan(1e-3);
  });
});
