import { describe, expect, it } from '@jest/globals';
import { excerpt, spread } from './spread.ts';

describe('spread', () => {
  it('takes evenly spaced items in their order', () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    expect(spread(items, 4)).toEqual([12, 37, 62, 87]);
  });

  it('takes all when there are not more', () => {
    expect(spread([1, 2], 2)).toEqual([1, 2]);
    expect(spread([1, 2], 5)).toEqual([1, 2]);
  });
});

describe('excerpt', () => {
  it('keeps a text that is short enough', () => {
    expect(excerpt('one two', 7)).toBe('one two');
  });

  it('takes whole words from all parts of a long text', () => {
    const words = Array.from({ length: 10_000 }, (_, i) => `word${i}`);
    const taken = excerpt(words.join(' '), 20_000).split(/\s+/);
    const known = new Set(words);
    expect(taken.filter((word) => !known.has(word))).toEqual([]);
    expect(taken.length).toBeGreaterThan(1500);
    expect(taken.length).toBeLessThan(2500);
    expect(Number(taken.at(-1)?.slice(4))).toBeGreaterThan(9800);
  });
});
