import { describe, expect, it } from '@jest/globals';
import { withQueryHeads } from '../units/model-shape.ts';
import { emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { attentionSteps, headRows } from './attention-steps.ts';

// Groups 0 and 1 of two query heads each, 3 neurons, heads 5 to 8: a group costs 2 * 3 * 2 * 4 = 48, a head 16.
const units = new UnitTable(
  withQueryHeads({ hiddenSize: 4, headDim: 2, queryHeadsPerGroup: 2, layers: [{ kvGroups: 2, ffnNeurons: 3 }] }),
);
const damageOf = (groups: number[], heads: number[]): Float64Array => Float64Array.of(...groups, 0, 0, 0, ...heads);

describe('attentionSteps', () => {
  it('takes a row of heads, one of every group, where that does less damage per parameter than a group', () => {
    const steps = attentionSteps(units, 0, emptySet(units), damageOf([10, 12], [9, 1, 2, 10]));
    expect(steps).toEqual([
      { ids: [6, 7], cost: 32, damage: 3 },
      { ids: [0], cost: 32, damage: 9 },
      { ids: [1], cost: 32, damage: 10 },
    ]);
  });

  it('takes from the groups that are left, where groups went first', () => {
    const steps = attentionSteps(units, 0, emptySet(units), damageOf([1, 30], [0.5, 0.5, 4, 26]));
    expect(steps).toEqual([
      { ids: [0], cost: 48, damage: 1 },
      { ids: [7], cost: 16, damage: 4 },
      { ids: [1], cost: 32, damage: 26 },
    ]);
  });

  it('goes on where a cut has left off', () => {
    const cut = emptySet(units);
    for (const id of [6, 7]) cut[id] = 1;
    const steps = attentionSteps(units, 0, cut, damageOf([9, 10], [9, 0, 0, 10]));
    expect(steps).toEqual([
      { ids: [0], cost: 32, damage: 9 },
      { ids: [1], cost: 32, damage: 10 },
    ]);
  });
});

describe('headRows', () => {
  it('is a head of every group that is left, unless it would be the last one', () => {
    const damage = damageOf([10, 12], [9, 1, 2, 10]);
    expect(headRows(units, emptySet(units), damage)).toEqual([[6, 7]]);
    const cut = emptySet(units);
    cut[0] = 1;
    expect(headRows(units, cut, damage)).toEqual([[7]]);
    for (const id of [5, 7]) cut[id] = 1;
    expect(headRows(units, cut, damage)).toEqual([]);
  });
});
