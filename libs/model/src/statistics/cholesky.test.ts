import { describe, expect, it } from '@jest/globals';
import { cholesky, inverseBlock, invertLower } from './cholesky.ts';
import { atOnce } from './stepwise.ts';

// A = L L^T with L = [[2, 0, 0], [6, 1, 0], [-8, 5, 3]], a textbook factorisation.
const matrix = { size: 3, data: Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98) };

describe('cholesky', () => {
  it('factors a matrix', () => {
    expect([...atOnce(cholesky(matrix)).data]).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
  });

  it('factors a matrix with a ridge on it as if it were part of the matrix', () => {
    const ridged = { size: 3, data: matrix.data.map((value, at) => (at % 4 === 0 ? value + 0.3 : value)) };
    expect(atOnce(cholesky(matrix, 0.3))).toEqual(atOnce(cholesky(ridged)));
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(() => atOnce(cholesky({ size: 2, data: Float64Array.of(1, 2, 2, 1) }))).toThrow('pivot 1 is -3');
  });
});

describe('invertLower and inverseBlock', () => {
  it('give blocks of the inverse', () => {
    const inverted = atOnce(invertLower(atOnce(cholesky(matrix))));
    const inverse = inverseBlock(inverted, 0, 3).data;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const product = [0, 1, 2].reduce(
          (sum, k) => sum + (matrix.data[i * 3 + k] ?? 0) * (inverse[k * 3 + j] ?? 0),
          0,
        );
        expect(product).toBeCloseTo(i === j ? 1 : 0, 9);
      }
    }
    const corner = inverseBlock(inverted, 1, 2).data;
    [4, 5, 7, 8].forEach((at, i) => expect(corner[i]).toBeCloseTo(inverse[at] ?? 0, 12));
  });
});
