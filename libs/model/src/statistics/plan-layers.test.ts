import { describe, expect, it } from '@jest/globals';
import { planLayers } from './plan-layers.ts';

describe('planLayers', () => {
  const layers = [8192, 8192, 4096, 16_384, 100].map((neurons) => ({ heads: 0, neurons }));

  it('takes all layers at once without Gram matrices', () => {
    expect(planLayers(layers, false, 1)).toEqual([[0, 1, 2, 3, 4]]);
  });

  it('keeps at most 2^28 elements of Gram matrices together', () => {
    expect(planLayers(layers, true, 2 ** 30)).toEqual([[0, 1, 2], [3], [4]]);
  });

  it('says so when the device cannot hold one', () => {
    expect(() => planLayers(layers, true, 2 ** 27)).toThrow('layer 3');
  });
});
