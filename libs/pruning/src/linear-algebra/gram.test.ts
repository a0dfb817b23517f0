import { describe, expect, it } from '@jest/globals';
import { normal, seededRandom } from '@bonsai/support';
import { maxRelativeError } from '@bonsai/support/testing';
import type { Matrix } from './matrix.ts';
import { gram } from './gram.ts';

function randomMatrix(rows: number, columns: number, seed: number): Matrix {
  const random = seededRandom(seed);
  return { rows, columns, values: Float32Array.from({ length: rows * columns }, () => normal(random)) };
}

function naive(a: Matrix): Float64Array {
  const out = new Float64Array(a.rows * a.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.rows; j++) {
      for (let k = 0; k < a.columns; k++) {
        out[i * a.rows + j]! += a.values[i * a.columns + k]! * a.values[j * a.columns + k]!;
      }
    }
  }
  return out;
}

describe('gram', () => {
  it.each([
    [1, 1],
    [5, 7],
    [7, 1],
    [13, 997],
    [3, 1001],
    [2, 131_071],
  ])('equals the naive product of [%d, %d] and its transpose to f32', (rows, columns) => {
    const a = randomMatrix(rows, columns, 1);
    const product = gram(a);
    expect([product.rows, product.columns]).toEqual([rows, rows]);
    expect(maxRelativeError(product.values, naive(a))).toBeLessThan(1.2e-7);
  });

  it('is symmetric bit for bit', () => {
    const { values } = gram(randomMatrix(9, 301, 3));
    for (let i = 0; i < 9; i++) for (let j = 0; j < i; j++) expect(values[i * 9 + j]).toBe(values[j * 9 + i]);
  });

  it('gives zeros when there is nothing to sum', () => {
    expect([...gram({ rows: 2, columns: 0, values: new Float32Array(0) }).values]).toEqual([0, 0, 0, 0]);
  });
});
