import { describe, expect, it } from '@jest/globals';
import { normal, seededRandom } from '@bonsai/support';
import type { Matrix } from '../linear-algebra/matrix.ts';
import { crossValidatedLasso } from './cross-validated-lasso.ts';
import { lassoPath, predictLinear } from './lasso-path.ts';

const ROWS = 12;
const N = 40;
const random = seededRandom(41);
const features: Matrix = {
  rows: ROWS,
  columns: N,
  values: Float64Array.from({ length: ROWS * N }, () => (random.next() < 0.5 ? 0 : 1)),
};
const response = Float64Array.from(
  { length: N },
  (_, i) => 3 + 2 * features.values[i]! - 1.5 * features.values[5 * N + i]! + 0.05 * normal(random),
);

describe('lassoPath (seed 41)', () => {
  it('meets the optimality conditions of every penalty', () => {
    const strengths = [0.5, 0.1, 0.02];
    const strongest = Math.max(...gradients(new Float64Array(N).fill(mean(response))).map(Math.abs));
    for (const [k, model] of lassoPath(features, response, strengths).entries()) {
      const gradient = gradients(predictLinear(model, features));
      const penalty = strengths[k]! * strongest;
      for (const [j, slope] of gradient.entries()) {
        const b = model.coefficients[j]!;
        if (b === 0) expect(Math.abs(slope)).toBeLessThanOrEqual(penalty * 1.001);
        else expect(Math.abs(slope - Math.sign(b) * penalty)).toBeLessThan(1e-3 * strongest);
      }
    }
  });

  it('finds the two columns that matter by cross-validation', () => {
    const { model, kendallTau } = crossValidatedLasso(features, response);
    const ranked = [...model.coefficients.keys()].sort(
      (a, b) => Math.abs(model.coefficients[b]!) - Math.abs(model.coefficients[a]!),
    );
    expect(ranked.slice(0, 2)).toEqual([0, 5]);
    expect(kendallTau).toBeGreaterThan(0.7);
  });

  /** Correlation of every centred column with the residual. */
  function gradients(predicted: Float64Array): number[] {
    const residual = response.map((value, i) => value - predicted[i]!);
    return Array.from({ length: ROWS }, (_, j) => {
      const column = Float64Array.from(features.values.subarray(j * N, (j + 1) * N));
      const centre = mean(column);
      return column.reduce((sum, value, i) => sum + (value - centre) * residual[i]!, 0) / N;
    });
  }

  function mean(values: Float64Array): number {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }
});
