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
});
