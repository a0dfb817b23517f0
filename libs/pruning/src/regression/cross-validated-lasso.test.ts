import { describe, expect, it } from '@jest/globals';
import { normal, seededRandom } from '@bonsai/support';
import { crossValidatedLasso } from './cross-validated-lasso.ts';

const ROWS = 60;
const N = 40;

describe('crossValidatedLasso', () => {
  it.each([1, 2, 3, 4, 5])(
    'predicts next to nothing of noise: folds are judged by what they left out (seed %d)',
    (seed) => {
      // More columns than observations: a fit that had seen all of them would predict them all.
      const random = seededRandom(seed);
      const values = Float64Array.from({ length: ROWS * N }, () => (random.next() < 0.5 ? 0 : 1));
      const response = Float64Array.from({ length: N }, () => normal(random));
      const { kendallTau } = crossValidatedLasso({ rows: ROWS, columns: N, values }, response);
      expect(Math.abs(kendallTau)).toBeLessThan(0.6);
    },
  );

  it('gives columns that are alike the same coefficient, in sum that of one of them alone', () => {
    const random = seededRandom(6);
    const column = (): number[] => Array.from({ length: N }, () => (random.next() < 0.5 ? 0 : 1));
    const [matters, other, third] = [column(), column(), column()];
    const response = Float64Array.from(matters, (value) => 2 * value + 0.01 * normal(random));
    const coefficientsOf = (columns: readonly number[][]): Float64Array =>
      crossValidatedLasso({ rows: columns.length, columns: N, values: Float64Array.from(columns.flat()) }, response)
        .model.coefficients;
    const [alone] = coefficientsOf([matters, other, third]);
    const [first, , second, , last] = coefficientsOf([matters, other, matters, third, matters]);
    expect([second, last]).toEqual([first, first]);
    expect(3 * first!).toBeCloseTo(alone!, 3);
  });
});
