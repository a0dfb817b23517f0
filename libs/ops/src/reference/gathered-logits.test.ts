import { describe, expect, it } from '@jest/globals';
import { matrixOf, zeros } from '../testing/matrix-of.ts';
import { gatheredLogits } from './gathered-logits.ts';

const HEAD = matrixOf([1, 0], [0, 1], [1, 1]);

describe('gatheredLogits', () => {
  it('takes every row its own tokens, which may repeat', () => {
    const out = zeros(2, 3);
    gatheredLogits(out, matrixOf([2, 3], [5, 7]), HEAD, Uint32Array.of(0, 1, 2, 2, 2, 0));
    expect([...out.data]).toEqual([2, 3, 5, 12, 12, 5]);
  });

  it('repeats the tokens for every mask', () => {
    const out = zeros(4, 1);
    gatheredLogits(out, matrixOf([1, 10], [2, 20], [3, 30], [4, 40]), HEAD, Uint32Array.of(0, 1));
    expect([...out.data]).toEqual([1, 20, 3, 40]);
  });

  it.each([
    ['tokens that no number of masks repeats', 2, Uint32Array.of(0, 1, 2, 0)],
    ['a token outside the vocabulary', 1, Uint32Array.of(3)],
  ])('refuses %s', (_, cols, tokens) => {
    const call = (): void => gatheredLogits(zeros(3, cols), matrixOf([1, 1], [1, 1], [1, 1]), HEAD, tokens);
    expect(call).toThrow(RangeError);
  });
});
