import { describe, expect, it } from '@jest/globals';
import { embed } from './embed.ts';
import { matrixOf, zeros } from '../testing/matrix-of.ts';

describe('embed', () => {
  const table = matrixOf([1, 2], [3, 4], [5, 6]);

  it('repeats the tokens for every mask', () => {
    const out = zeros(4, 2);
    embed(out, table, Uint32Array.of(2, 0));
    expect([...out.data]).toEqual([5, 6, 1, 2, 5, 6, 1, 2]);
  });

  it('refuses a token outside the table', () => {
    expect(() => embed(zeros(1, 2), table, Uint32Array.of(3))).toThrow('embed: token 3 of 3');
  });
});
