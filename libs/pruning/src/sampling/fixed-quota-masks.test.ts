import { describe, expect, it } from '@jest/globals';
import { emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { fixedQuotaMasks, fixedQuotaPools, type ModulePool } from './fixed-quota-masks.ts';

/** Ids 0 to 3 are groups, 4 to 11 neurons. */
const units = new UnitTable({
  hiddenSize: 4,
  headDim: 4,
  queryHeadsPerGroup: 1,
  layers: [{ kvGroups: 4, ffnNeurons: 8 }],
});
const prior = Float64Array.from([3, 1, 4, 2, 8, 1, 7, 2, 6, 3, 5, 4]);

describe('the pools of fixed quotas', () => {
  it('are the lowest 2p of what is left of every module, by prior, of which masks remove half', () => {
    const cut = emptySet(units);
    cut[5] = 1;
    cut[7] = 1;
    expect(fixedQuotaPools(units, cut, prior, 0.3)).toEqual([
      { ids: [1, 3, 0], quota: 2, highest: 4 },
      { ids: [9, 11, 10, 8], quota: 2, highest: 8 },
    ]);
  });

  it.each([
    { p: 0.05, groups: 1, ofGroups: 1, neurons: 1, ofNeurons: 1 },
    { p: 0.15, groups: 2, ofGroups: 1, neurons: 3, ofNeurons: 2 },
    { p: 0.5, groups: 4, ofGroups: 3, neurons: 8, ofNeurons: 5 },
    { p: 0.9, groups: 4, ofGroups: 3, neurons: 8, ofNeurons: 7 },
  ])('round up, and masks remove something of all but not all of any (p = $p)', (expected) => {
    const [groups, neurons] = fixedQuotaPools(units, emptySet(units), prior, expected.p);
    expect([groups?.ids.length, groups?.quota]).toEqual([expected.groups, expected.ofGroups]);
    expect([neurons?.ids.length, neurons?.quota]).toEqual([expected.neurons, expected.ofNeurons]);
  });

  it('are empty where nothing is left, and take the one that is, but not the last of all', () => {
    const left = (...ids: number[]): ModulePool[] => {
      const cut = emptySet(units).fill(1);
      for (const id of ids) cut[id] = 0;
      return fixedQuotaPools(units, cut, prior, 0.05);
    };
    expect(left(2, 3, 11)).toEqual([
      { ids: [3], quota: 1, highest: 4 },
      { ids: [11], quota: 1, highest: 4 },
    ]);
    expect(left(3, 11)).toEqual([
      { ids: [3], quota: 1, highest: 2 },
      { ids: [], quota: 0, highest: 4 },
    ]);
    expect(left(11)).toEqual([
      { ids: [], quota: 0, highest: 0 },
      { ids: [], quota: 0, highest: 4 },
    ]);
  });
});

describe('masks of fixed quotas', () => {
  const poolsOf = (p: number): ModulePool[] => fixedQuotaPools(units, emptySet(units), prior, p);

  it('go in pairs that share out the pool', () => {
    const [mask, complement] = fixedQuotaMasks(units, poolsOf(0.5), prior, 2, 1, 0);
    expect(complement).toEqual(mask?.map((member) => 1 - member));
    expect(mask?.subarray(0, 4).filter((member) => member === 1)).toHaveLength(3);
  });

  it('draw units of low prior more often (400 seeds)', () => {
    const drawn = new Float64Array(units.count);
    for (let seed = 0; seed < 400; seed++) {
      const [mask] = fixedQuotaMasks(units, poolsOf(0.4), prior, 1, seed, 0);
      for (const [id, member] of (mask ?? []).entries()) drawn[id] = drawn[id]! + member;
    }
    // Weights of the groups, 4 - prior, from 3 down to 0; of the neurons, 8 - prior, from 7 down to 1.
    expect(drawn[2]).toBe(0);
    const byPrior = [5, 7, 9, 11, 10, 8, 6, 4].map((id) => drawn[id]!);
    expect(byPrior).toEqual(byPrior.toSorted((a, b) => b - a));
  });
});
