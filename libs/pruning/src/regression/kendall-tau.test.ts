import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { kendallTau } from './kendall-tau.ts';

/** The definition, pair by pair. */
function naiveTau(a: readonly number[], b: readonly number[]): number {
  let agreement = 0;
  let untiedA = 0;
  let untiedB = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const signA = Math.sign(a[i]! - a[j]!);
      const signB = Math.sign(b[i]! - b[j]!);
      agreement += signA * signB;
      untiedA += signA ** 2;
      untiedB += signB ** 2;
    }
  }
  return untiedA === 0 || untiedB === 0 ? 0 : agreement / Math.sqrt(untiedA * untiedB);
}

describe('kendallTau', () => {
  it('is 1 for the same order, -1 for the reverse, 0 against a constant', () => {
    expect(kendallTau([1, 2, 3, 4], [10, 20, 30, 40])).toBe(1);
    expect(kendallTau([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
    expect(kendallTau([1, 2, 3, 4], [7, 7, 7, 7])).toBe(0);
  });

  it('equals the definition over all pairs, ties included', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), { maxLength: 60 });
    fc.assert(
      fc.property(pairs, (list) => {
        const a = list.map(([x]) => x);
        const b = list.map(([, y]) => y);
        expect(kendallTau(a, b)).toBeCloseTo(naiveTau(a, b), 12);
      }),
    );
  });

  it('refuses sequences of different lengths', () => {
    expect(() => kendallTau([1], [1, 2])).toThrow(RangeError);
  });
});
