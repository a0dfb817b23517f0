import { describe, expect, it } from '@jest/globals';
import { NO_TARGET, ROW_STEP } from '../backend.ts';
import { negativeLogLikelihood } from './negative-log-likelihood.ts';
import { matrixOf, zeros } from '../testing/matrix-of.ts';

describe('negativeLogLikelihood', () => {
  it('is minus the log of the softmax at the target', () => {
    const out = zeros(3, 1);
    const head = matrixOf([Math.log(1)], [Math.log(2)], [Math.log(5)]);
    negativeLogLikelihood(out, matrixOf([1], [1], [0]), head, Uint32Array.of(1, 2, 0));
    [Math.log(4), Math.log(1.6), Math.log(3)].forEach((nll, r) => expect(out.data[r]).toBeCloseTo(nll, 6));
  });

  it('scores 0 where nothing is to be predicted, and repeats the targets for every mask', () => {
    const out = zeros(4, 1);
    negativeLogLikelihood(out, matrixOf([1], [1], [2], [2]), matrixOf([1], [1]), Uint32Array.of(0, NO_TARGET));
    expect([...out.data]).toEqual([Math.fround(Math.LN2), 0, Math.fround(Math.LN2), 0]);
  });

  it('survives logits whose exponentials overflow', () => {
    const out = zeros(1, 1);
    negativeLogLikelihood(out, matrixOf([1]), matrixOf([2000], [1990]), Uint32Array.of(1));
    expect(out.data[0]).toBeCloseTo(10 + Math.log1p(Math.exp(-10)), 5);
  });

  it('scores the rows of a range alone', () => {
    const rows = Array.from({ length: ROW_STEP + 3 }, (_, row) => [row / ROW_STEP]);
    const head = matrixOf([1], [2]);
    const [whole, part] = [zeros(rows.length, 1), zeros(rows.length, 1)];
    negativeLogLikelihood(whole, matrixOf(...rows), head, Uint32Array.of(1));
    negativeLogLikelihood(part, matrixOf(...rows), head, Uint32Array.of(1), { first: ROW_STEP, count: 2 });
    expect([...part.data.subarray(ROW_STEP)]).toEqual([...whole.data.subarray(ROW_STEP, ROW_STEP + 2), 0]);
    expect(part.data.subarray(0, ROW_STEP).every((loss) => loss === 0)).toBe(true);
  });

  it.each([
    [{ first: 1, count: 1 }, 'no multiple of 256'],
    [{ first: 0, count: 3 }, 'rows 0 to 3 of 2'],
    [{ first: 0, count: 0 }, 'rows 0 to 0 of 2'],
  ])('refuses the range %o', (range, message) => {
    const call = (): void =>
      negativeLogLikelihood(zeros(2, 1), matrixOf([1], [1]), matrixOf([1]), Uint32Array.of(0), range);
    expect(call).toThrow(message);
  });

  it('refuses a target outside the vocabulary', () => {
    const call = (): void => negativeLogLikelihood(zeros(1, 1), matrixOf([1]), matrixOf([1]), Uint32Array.of(1));
    expect(call).toThrow('target 1 of 1');
  });
});
