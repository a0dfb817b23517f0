import { describe, expect, it } from '@jest/globals';
import { integerBelow, normal, seededRandom, shuffle } from './random.ts';

const take = (count: number, ...keys: number[]): number[] => {
  const random = seededRandom(...keys);
  return Array.from({ length: count }, () => random.next());
};

describe('seededRandom', () => {
  it('repeats the stream of the same keys', () => {
    expect(take(50, 7, 1, 2)).toEqual(take(50, 7, 1, 2));
  });

  it('separates streams by every key and by their order', () => {
    const streams = [take(4, 1, 2), take(4, 2, 1), take(4, 1, 2, 0), take(4, 1), take(4, 2)];
    expect(new Set(streams.map((stream) => stream.join())).size).toBe(streams.length);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the key %p', (key) => {
    expect(() => seededRandom(key)).toThrow(RangeError);
  });

  it('fills [0, 1) evenly (seed 3, chi-square of 16 bins below the 0.1 % point)', () => {
    const bins = new Array<number>(16).fill(0);
    for (const value of take(16_000, 3)) bins[Math.floor(value * 16)]! += 1;
    const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(37.7);
  });

  it('does not correlate streams of neighbouring keys (seed 5)', () => {
    const a = take(5000, 5, 1);
    const b = take(5000, 5, 2);
    const covariance = a.reduce((sum, value, i) => sum + (value - 0.5) * (b[i]! - 0.5), 0) / a.length;
    expect(Math.abs(covariance * 12)).toBeLessThan(0.05);
  });
});

describe('derived distributions (seed 11)', () => {
  it('draws standard normals', () => {
    const random = seededRandom(11);
    const values = Array.from({ length: 20_000 }, () => normal(random));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.04);
  });

  it('draws every integer below the bound and no other', () => {
    const random = seededRandom(11);
    const seen = new Set(Array.from({ length: 500 }, () => integerBelow(random, 5)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('shuffles into a permutation that the seed fixes', () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    const shuffled = shuffle([...items], seededRandom(11));
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
    expect(shuffle([...items], seededRandom(11))).toEqual(shuffled);
  });
});
