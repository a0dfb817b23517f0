import { describe, expect, it } from '@jest/globals';
import { UnitTable } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { unitSetOfMask } from './unit-set-of-mask.ts';

const layer = { kvGroups: 2, ffnNeurons: 3 };
const units = new UnitTable({ hiddenSize: 8, headDim: 2, queryHeadsPerGroup: 2, layers: [layer, layer] });

const setOf = (heads: Record<string, number[]>, neurons: Record<string, number[]>): UnitSet => {
  const byLayer = (lists: Record<string, number[]>): Map<number, number[]> =>
    new Map(Object.entries(lists).map(([name, list]) => [Number(name), list]));
  return unitSetOfMask(units, { removedQueryHeads: byLayer(heads), removedFfnNeurons: byLayer(neurons) }, 'masks[0]');
};

describe('unitSetOfMask', () => {
  it('turns whole groups of query heads and single neurons into units', () => {
    expect([...setOf({ '0': [2, 3], '1': [] }, { '1': [0, 2] })]).toEqual([0, 1, 0, 0, 0, 0, 0, 1, 0, 1]);
  });

  it('refuses part of a group and says which heads belong together', () => {
    expect(() => setOf({ '1': [0, 1, 3] }, {})).toThrow(
      expect.objectContaining({
        reason: 'REQUEST_INVALID',
        field: 'masks[0].removed_query_heads.1',
        message: expect.stringContaining('2 to 3'),
      }),
    );
  });

  it.each([
    ['layer', {}, { '2': [0] }],
    ['neuron', {}, { '0': [3] }],
    ['head', { '0': [4, 5] }, {}],
    ['half of a group', { '0': [4] }, {}],
    ['head in a layer', { '2': [0] }, {}],
  ])('refuses a %s that the model does not have', (_, heads, neurons) => {
    expect(() => setOf(heads, neurons)).toThrow(expect.objectContaining({ reason: 'MASK_LENGTH' }));
  });
});
