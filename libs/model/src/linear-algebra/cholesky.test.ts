import { describe, expect, it } from '@jest/globals';
import { normal, seededRandom } from '@bonsai/support';
import { factorizing, substitute, substituteBack } from './cholesky.ts';
import type { SquareMatrix } from './cholesky.ts';
import { atOnce } from './phases.ts';

// A = L L^T with L = [[2, 0, 0], [6, 1, 0], [-8, 5, 3]], a textbook factorisation.
const textbook = (): SquareMatrix => ({ size: 3, data: Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98) });

/** B B^T + I of random B. */
function positiveDefinite(size: number): SquareMatrix {
  const random = seededRandom(size);
  const b = Array.from({ length: size }, () => Array.from({ length: size }, () => normal(random)));
  const data = Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return (b[i] ?? []).reduce((sum, value, k) => sum + value * (b[j]?.[k] ?? 0), i === j ? 1 : 0);
  });
  return { size, data };
}

/** In its place. */
function factorize(matrix: SquareMatrix): SquareMatrix {
  atOnce(factorizing(matrix));
  return matrix;
}

const copyOf = ({ size, data }: SquareMatrix): SquareMatrix => ({ size, data: data.slice() });

// Blocks are of 32 rows: less than one, one, one and a part, several.
const SIZES = [1, 3, 31, 32, 33, 97];

describe('factorize', () => {
  it('gives L with its transpose above', () => {
    expect([...factorize(textbook()).data]).toEqual([2, 6, -8, 6, 1, 5, -8, 5, 3]);
  });

  it.each(SIZES)('gives the square root of a matrix of %i rows, of which it reads the lower triangle', (size) => {
    const matrix = positiveDefinite(size);
    const lower = copyOf(matrix);
    for (let i = 0; i < size; i++) lower.data.fill(Number.NaN, i * size + i + 1, (i + 1) * size);
    const { data } = factorize(lower);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        let product = 0;
        for (let k = 0; k <= j; k++) product += (data[i * size + k] ?? 0) * (data[j * size + k] ?? 0);
        expect(Math.abs(product - (matrix.data[i * size + j] ?? 0))).toBeLessThan(1e-12 * size);
        expect(data[j * size + i]).toBe(data[i * size + j]);
      }
    }
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(() => factorize({ size: 2, data: Float64Array.of(1, 2, 2, 1) })).toThrow('pivot 1 is -3');
    expect(() => factorize({ size: 2, data: Float64Array.of(1, 2, 2, 4) })).toThrow('pivot 1 is 0');
    expect(() => factorize({ size: 2, data: Float64Array.of(1, NaN, NaN, 1) })).toThrow('pivot 1 is NaN');
  });
});

describe('substitution', () => {
  it.each(SIZES)('there and back solves x A = b for rows of %i', (size) => {
    const matrix = positiveDefinite(size);
    const random = seededRandom(9);
    const count = 5;
    const right = Float64Array.from({ length: count * size }, () => normal(random));
    const rows = { data: right.slice(), start: 0, stride: size, count };
    const factor = factorize(copyOf(matrix));
    substitute(factor, rows);
    substituteBack(factor, rows);
    for (let row = 0; row < count; row++) {
      for (let j = 0; j < size; j++) {
        let product = 0;
        for (let k = 0; k < size; k++) product += (rows.data[row * size + k] ?? 0) * (matrix.data[k * size + j] ?? 0);
        expect(Math.abs(product - (right[row * size + j] ?? 0))).toBeLessThan(1e-9);
      }
    }
  });

  it('starts where rows do', () => {
    const size = 70;
    const factor = factorize(positiveDefinite(size));
    const unit = (): { data: Float64Array; start: number; stride: number; count: number } => {
      const data = new Float64Array(size);
      data[41] = 1;
      return { data, start: 0, stride: size, count: 1 };
    };
    const [all, late] = [unit(), unit()];
    substitute(factor, all);
    substitute(factor, late, 41);
    all.data.forEach((value, i) => expect(Math.abs(value - (late.data[i] ?? 0))).toBeLessThan(1e-12));
  });
});
