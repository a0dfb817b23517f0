import { describe, expect, it } from '@jest/globals';
import { withQueryHeads } from '../units/model-shape.ts';
import { emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { attentionSteps, queryHeadRows } from './attention-steps.ts';

// Groups 0 and 1 of two query heads each, 3 neurons, heads 5 to 8: a group costs 2 * 3 * 2 * 4 = 48, a head 16.
const units = new UnitTable(
  withQueryHeads({ hiddenSize: 4, headDim: 2, queryHeadsPerGroup: 2, layers: [{ kvGroups: 2, ffnNeurons: 3 }] }),
);
const damageOf = (groups: number[], heads: number[]): Float64Array => Float64Array.of(...groups, 0, 0, 0, ...heads);

describe('attentionSteps', () => {
  it('takes a row of heads, one of every group, where that does less damage per parameter than a group', () => {
    const steps = attentionSteps(units, [0], emptySet(units), damageOf([10, 12], [9, 1, 2, 10]), 0);
    expect(steps).toEqual([
      { ids: [6, 7], cost: 32, damage: 3 },
      { ids: [0], cost: 32, damage: 9 },
      { ids: [1], cost: 32, damage: 10 },
    ]);
  });

  it('takes from the groups that are left, where groups went first', () => {
    const steps = attentionSteps(units, [0], emptySet(units), damageOf([1, 30], [0.5, 0.5, 4, 26]), 0);
    expect(steps).toEqual([
      { ids: [0], cost: 48, damage: 1 },
      { ids: [7], cost: 16, damage: 4 },
      { ids: [1], cost: 32, damage: 26 },
    ]);
  });

  it('goes on where a cut has left off', () => {
    const cut = emptySet(units);
    for (const id of [6, 7]) cut[id] = 1;
    const steps = attentionSteps(units, [0], cut, damageOf([9, 10], [9, 0, 0, 10]), 0);
    expect(steps).toEqual([
      { ids: [0], cost: 32, damage: 9 },
      { ids: [1], cost: 32, damage: 10 },
    ]);
  });
});

describe('attentionSteps of layers with equal widths', () => {
  // A second layer like the first: groups 5 and 6, neurons 7 to 9, heads 10 to 13 and 14 to 17.
  const layer = { kvGroups: 2, ffnNeurons: 3 };
  const two = new UnitTable(
    withQueryHeads({ hiddenSize: 4, headDim: 2, queryHeadsPerGroup: 2, layers: [layer, layer] }),
  );
  const damage = new Float64Array(two.count);
  for (const [id, value] of [10, 12].entries()) damage[id] = value;
  for (const [i, value] of [30, 20].entries()) damage[5 + i] = value;
  for (const [i, value] of [9, 1, 2, 10, 25, 5, 5, 15].entries()) damage[10 + i] = value;

  it('take as much of each', () => {
    expect(attentionSteps(two, [0, 1], emptySet(two), damage, 0)).toEqual([
      { ids: [11, 12, 15, 16], cost: 64, damage: 13 },
      { ids: [0, 6], cost: 64, damage: 24 },
      { ids: [1, 5], cost: 64, damage: 35 },
    ]);
  });

  it('leave the groups that every layer keeps, with a head', () => {
    const steps = attentionSteps(two, [0, 1], emptySet(two), damage, 1);
    expect(steps.map(({ ids }) => ids)).toEqual([
      [11, 12, 15, 16],
      [0, 6],
    ]);
    expect(attentionSteps(two, [0], emptySet(two), damage, 2)).toEqual([{ ids: [11, 12], cost: 32, damage: 3 }]);
  });
});

describe('attentionSteps where heads seem worth more than their group', () => {
  // Group 0 is said to do less damage than any of its heads.
  const layer = { kvGroups: 2, ffnNeurons: 3 };
  const two = new UnitTable(
    withQueryHeads({ hiddenSize: 4, headDim: 2, queryHeadsPerGroup: 2, layers: [layer, layer] }),
  );
  const damage = new Float64Array(two.count);
  for (const [id, value] of [1, 50].entries()) damage[id] = value;
  for (const [i, value] of [200, 210].entries()) damage[5 + i] = value;
  for (const [i, value] of [6, 7, 1, 2, 1, 2, 1, 2].entries()) damage[10 + i] = value;

  it('take what is left of a group for nothing, not for a gain', () => {
    expect(attentionSteps(two, [0, 1], emptySet(two), damage, 0)).toEqual([
      { ids: [10, 12, 14, 16], cost: 64, damage: 9 },
      { ids: [0, 5], cost: 64, damage: 199 },
      { ids: [1, 6], cost: 64, damage: 258 },
    ]);
  });
});

describe('queryHeadRows', () => {
  it('is a head of every group that is left, unless it would be the last one', () => {
    const damage = damageOf([10, 12], [9, 1, 2, 10]);
    expect(queryHeadRows(units, emptySet(units), damage)).toEqual([[6, 7]]);
    const cut = emptySet(units);
    cut[0] = 1;
    expect(queryHeadRows(units, cut, damage)).toEqual([[7]]);
    for (const id of [5, 7]) cut[id] = 1;
    expect(queryHeadRows(units, cut, damage)).toEqual([]);
  });
});
