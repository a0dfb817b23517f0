import { describe, expect, it } from '@jest/globals';
import { maxRelativeError, normal, seededRandom } from '@bonsai/support';
import type { Matrix } from './matrix.ts';
import { timesTransposed } from './times-transposed.ts';

function randomMatrix(rows: number, columns: number, seed: number): Matrix {
  const random = seededRandom(seed);
  return { rows, columns, values: Float32Array.from({ length: rows * columns }, () => normal(random)) };
}

function naive(a: Matrix, b: Matrix): Float64Array {
  const out = new Float64Array(a.rows * b.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      for (let k = 0; k < a.columns; k++) {
        out[i * b.rows + j]! += a.values[i * a.columns + k]! * b.values[j * b.columns + k]!;
      }
    }
  }
  return out;
}

describe('timesTransposed', () => {
  it.each([
    [1, 1, 1],
    [3, 5, 7],
    [7, 2, 1],
    [13, 11, 997],
  ])('equals the naive product of [%d, k] and [%d, k], k = %d, to f32', (m, n, k) => {
    const a = randomMatrix(m, k, 1);
    const b = randomMatrix(n, k, 2);
    const product = timesTransposed(a, b);
    expect([product.rows, product.columns]).toEqual([m, n]);
    expect(maxRelativeError(product.values, naive(a, b))).toBeLessThan(1.2e-7);
  });

  it('is symmetric bit for bit when both factors are the same', () => {
    const a = randomMatrix(9, 301, 3);
    const { values } = timesTransposed(a, a);
    for (let i = 0; i < 9; i++) for (let j = 0; j < i; j++) expect(values[i * 9 + j]).toBe(values[j * 9 + i]);
  });

  it('gives zeros when there is nothing to sum', () => {
    const none: Matrix = { rows: 2, columns: 0, values: new Float32Array(0) };
    expect([...timesTransposed(none, none).values]).toEqual([0, 0, 0, 0]);
  });

  it('refuses factors of different inner size', () => {
    expect(() => timesTransposed(randomMatrix(2, 3, 1), randomMatrix(2, 4, 1))).toThrow(RangeError);
  });
});
