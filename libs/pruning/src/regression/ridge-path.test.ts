import { describe, expect, it } from '@jest/globals';
import { normal, seededRandom } from '@bonsai/support';
import { maxRelativeError } from '@bonsai/support/testing';
import { determinant, inverse, Matrix as DenseMatrix } from 'ml-matrix';
import { symmetricSpectrum, solveShifted } from '../linear-algebra/eigen.ts';
import type { Matrix } from '../linear-algebra/matrix.ts';
import { gram } from '../linear-algebra/gram.ts';
import { chooseRidge, leaveOneOutResiduals } from './ridge-path.ts';

const SIZE = 24;
const random = seededRandom(21);
const features: Matrix = {
  rows: SIZE,
  columns: 60,
  values: Float64Array.from({ length: SIZE * 60 }, () => normal(random)),
};
const kernel = gram(features);
const response = Float64Array.from({ length: SIZE }, (_, i) => (features.values[i * 60] ?? 0) + 0.3 * normal(random));

/** Fits all rows but one, for real, and predicts that one. */
function refitWithout(left: number, ridge: number): number {
  const rest = [...response.keys()].filter((i) => i !== left);
  const at = (i: number, j: number): number => kernel.values[i * SIZE + j]!;
  const sub: Matrix = {
    rows: SIZE - 1,
    columns: SIZE - 1,
    values: Float64Array.from(rest.flatMap((i) => rest.map((j) => at(i, j)))),
  };
  const dual = solveShifted(
    symmetricSpectrum(sub),
    ridge,
    Float64Array.from(rest, (i) => response[i]!),
  );
  return response[left]! - rest.reduce((sum, i, k) => sum + at(left, i) * dual[k]!, 0);
}

describe('ridge path (seed 21)', () => {
  const spectrum = symmetricSpectrum(kernel);

  it.each([1e-3, 1, 50, 1e4])('has the leave-one-out residuals of brute-force refits at ridge %p', (ridge) => {
    const expected = [...response.keys()].map((i) => refitWithout(i, ridge));
    expect(maxRelativeError(leaveOneOutResiduals(spectrum, response, ridge), expected)).toBeLessThan(1e-7);
  });

  it('chooses a ridge under which the response is nearly as probable as under any of a finer path', () => {
    const { ridge, surprise } = chooseRidge(spectrum, response);
    const surpriseAt = (candidate: number): number => {
      const covariance = Array.from({ length: SIZE }, (_, i) =>
        Array.from({ length: SIZE }, (_, j) => kernel.values[i * SIZE + j]! + (i === j ? candidate : 0)),
      );
      const matrix = new DenseMatrix(covariance);
      const energy = DenseMatrix.rowVector(response).mmul(inverse(matrix)).mmul(DenseMatrix.columnVector(response));
      return (
        SIZE * Math.log(energy.get(0, 0) / SIZE) + Math.log(determinant(matrix.clone().div(100))) + SIZE * Math.log(100)
      );
    };
    expect(surprise).toBeCloseTo(surpriseAt(ridge), 6);
    const mean = spectrum.values.reduce((a, b) => a + b, 0) / SIZE;
    const finer = Array.from({ length: 200 }, (_, i) => surpriseAt(mean * 10 ** (-4 + (5 * i) / 199)));
    expect(surprise).toBeLessThan(Math.min(...finer) + 0.1);
  });
});
