import { describe, expect, it } from '@jest/globals';
import { seededRandom, shuffle } from '@bonsai/support';
import fc from 'fast-check';
import { grainOf, modelShapes, sharesUpTo } from '../testing/random-shapes.ts';
import { costOf, emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { rankedAsListed } from './ranking.ts';
import { selectRound } from './select-round.ts';
import { ascendingBy, selectWithinBudget, costsById } from './select-within-budget.ts';

// One layer, 2 query heads per group: a group costs 2 * 3 * 2 * 4 = 48, a neuron 12.
const units = new UnitTable({
  hiddenSize: 4,
  headDim: 2,
  queryHeadsPerGroup: 2,
  layers: [{ kvGroups: 2, ffnNeurons: 6 }],
});

describe('selectWithinBudget', () => {
  it('knows what a KV group with two query heads costs', () => {
    expect([...costsById(units)]).toEqual([48, 48, 12, 12, 12, 12, 12, 12]);
    expect(units.totalCost).toBe(168);
  });

  it('takes units in order and passes over those that do not fit', () => {
    expect([...selectWithinBudget(units, [2, 0, 1, 3, 4, 5, 6, 7], 72)]).toEqual([1, 0, 1, 1, 0, 0, 0, 0]);
  });

  it('trades the last cheap units for a dear one when only dear ones are left', () => {
    const chosen = selectWithinBudget(units, [2, 3, 4, 5, 6, 7, 0, 1], 112);
    expect(costOf(units, chosen)).toBe(108);
    expect([...chosen]).toEqual([1, 0, 1, 1, 1, 1, 1, 0]);
    // No more of them than it takes.
    expect([...selectWithinBudget(units, [2, 3, 4, 5, 6, 7, 0, 1], 108)]).toEqual([1, 0, 1, 1, 1, 1, 1, 0]);
  });

  it('misses any budget by less than one of the cheapest units, whatever the order', () => {
    fc.assert(
      fc.property(modelShapes, sharesUpTo(1), fc.nat(1000), (shape, share, seed) => {
        const table = new UnitTable(shape);
        const order = shuffle([...emptySet(table).keys()], seededRandom(seed));
        const gap = share * table.totalCost - costOf(table, selectWithinBudget(table, order, share * table.totalCost));
        expect(gap).toBeGreaterThanOrEqual(-1e-9);
        expect(gap).toBeLessThan(grainOf(table));
      }),
    );
  });
});

describe('selectRound', () => {
  it('keeps back enough cheap units to make up a dear one, but not in the last round', () => {
    const neuronsFirst = [2, 3, 4, 5, 6, 7, 0, 1];
    const select = (lastRound: boolean) =>
      selectRound(
        {},
        { units, cut: emptySet(units), need: 72, needInAll: 72, lastRound, atLeast: false },
        rankedAsListed(units, neuronsFirst),
      );
    expect([...select(false)]).toEqual([1, 0, 1, 1, 0, 0, 0, 0]);
    expect([...select(true)]).toEqual([0, 0, 1, 1, 1, 1, 1, 1]);
  });
});

describe('ascendingBy', () => {
  it('leaves out what is cut and breaks ties by id', () => {
    const cut = emptySet(units);
    cut[3] = 1;
    expect(ascendingBy(units, cut, (id) => (id < 4 ? 5 : 1))).toEqual([4, 5, 6, 7, 0, 1, 2]);
  });
});
