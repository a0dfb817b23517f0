import { describe, expect, it } from '@jest/globals';
import { checkRemoval } from './check-removal.ts';
import { withQueryHeads } from './model-shape.ts';
import { emptySet } from './unit-set.ts';
import { UnitTable } from './unit-table.ts';

const layer = { kvGroups: 2, ffnNeurons: 1 };
const units = new UnitTable(
  withQueryHeads({ hiddenSize: 4, headDim: 2, queryHeadsPerGroup: 3, layers: [layer, layer] }),
);

describe('a removal', () => {
  it('may be of a whole layer', () => {
    const removed = emptySet(units);
    for (const { layer, start, count } of units.modules) if (layer === 1) removed.fill(1, start, start + count);
    checkRemoval(units, removed, 'cut');
  });

  it('leaves something of the model', () => {
    const refusal = { code: 'INVALID_ARGUMENT', reason: 'MASK_REMOVES_EVERYTHING', field: 'masks[3]' };
    expect(() => checkRemoval(units, emptySet(units).fill(1), 'masks[3]')).toThrow(expect.objectContaining(refusal));
  });

  it('leaves the groups of a layer equally many query heads', () => {
    const removed = emptySet(units);
    removed[units.module(1, 'queryHead').start] = 1;
    const refusal = { reason: 'MASK_HEADS_UNEVEN', field: 'cut', message: expect.stringContaining('layer 1') };
    expect(() => checkRemoval(units, removed, 'cut')).toThrow(expect.objectContaining(refusal));
  });
});
