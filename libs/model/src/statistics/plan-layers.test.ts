import { describe, expect, it } from '@jest/globals';
import { GRAM_ELEMENTS, planLayers } from './plan-layers.ts';

describe('planLayers', () => {
  const layers = [8192, 8192, 4096, 16_384, 100].map((neurons) => ({ headColumns: 0, neurons }));

  it('takes all layers at once without Gram matrices', () => {
    expect(planLayers(layers, false, GRAM_ELEMENTS)).toEqual([[0, 1, 2, 3, 4]]);
  });

  it('keeps at most 2^28 elements of Gram matrices together', () => {
    expect(planLayers(layers, true, GRAM_ELEMENTS)).toEqual([[0, 1, 2], [3], [4]]);
  });

  it('takes one layer at a time where no two fit', () => {
    expect(planLayers(layers, true, 0)).toEqual([[0], [1], [2], [3], [4]]);
  });
});
