import { describe, expect, it } from '@jest/globals';
import type { Predictions } from '@bonsai/model';
import { PredictionCache } from './prediction-cache.ts';

/** 8 bytes per token of the window. */
const predictionsOf = (window: Uint32Array): Predictions => ({
  tokens: window,
  logits: Float32Array.from(window),
  losses: new Float32Array(),
});

describe('the cache of predictions', () => {
  const [a, b, c] = [Uint32Array.of(1, 2), Uint32Array.of(3, 4), Uint32Array.of(5, 6)];

  /** Which windows had to be predicted. */
  async function missesOf(cache: PredictionCache, model: string, windows: readonly Uint32Array[]): Promise<number[]> {
    const missed: number[] = [];
    const found = await cache.of(model, windows, (missing) => {
      missed.push(...missing.map((window) => window[0] ?? 0));
      return Promise.resolve(missing.map(predictionsOf));
    });
    expect(found.map(({ tokens }) => [...tokens])).toEqual(windows.map((window) => [...window]));
    return missed;
  }

  it('asks for every window of a model once, also if it comes twice, and gives all in order', async () => {
    const cache = new PredictionCache();
    expect(await missesOf(cache, 'm', [a, b, a])).toEqual([1, 3]);
    expect(await missesOf(cache, 'm', [b, c, a])).toEqual([5]);
    expect(await missesOf(cache, 'n', [a])).toEqual([1]);
    expect(await missesOf(cache, 'm', [])).toEqual([]);
  });

  it('says what it holds, and how much it could', async () => {
    const cache = new PredictionCache(3 * 16);
    await missesOf(cache, 'm', [a, b]);
    expect([cache.holds('m', [b, a]), cache.holds('m', [a, c]), cache.holds('n', [a])]).toEqual([true, false, false]);
    expect([cache.roomFor([16, 16, 16, 16]), cache.roomFor([8]), cache.roomFor([64])]).toEqual([3, 1, 0]);
  });

  it('lets the least recently used go when it is full, and holds what is asked for meanwhile', async () => {
    const cache = new PredictionCache(2 * 16);
    await missesOf(cache, 'm', [a, b]);
    await missesOf(cache, 'm', [a]);
    expect(await missesOf(cache, 'm', [c])).toEqual([5]);
    expect(await missesOf(cache, 'm', [a])).toEqual([]);
    expect(await missesOf(cache, 'm', [b])).toEqual([3]);
    expect(await missesOf(new PredictionCache(1), 'm', [a, b, c])).toEqual([1, 3, 5]);
  });
});
