import { describe, expect, it } from '@jest/globals';
import { integerBelow, seededRandom } from '@bonsai/support';
import { topTokens } from './top-tokens.ts';

describe('topTokens', () => {
  it.each([1, 2, 3])('are the first of all tokens in order, with ties (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const logits = Float32Array.from({ length: 97 }, () => integerBelow(random, 40) - 20);
    const sorted = [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
    for (const count of [1, 7, 96, 97, 200]) expect([...topTokens(logits, count)]).toEqual(sorted.slice(0, count));
  });

  it('are distinct tokens of the vocabulary even where logits are not numbers', () => {
    const top = topTokens(Float32Array.of(NaN, 1, NaN, 2, Infinity), 3);
    expect(new Set(top).size).toBe(3);
    expect(Math.max(...top)).toBeLessThan(5);
  });
});
