import { describe, expect, it } from '@jest/globals';
import { emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { fixedQuotaMasks, fixedQuotaPools } from './fixed-quota-masks.ts';

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
      { ids: [1, 3], quota: 1 },
      { ids: [9, 11, 10, 8], quota: 2 },
    ]);
  });
});

describe('masks of fixed quotas', () => {
  const pools = fixedQuotaPools(units, emptySet(units), prior, 0.5);

  it('go in pairs that share out the pool', () => {
    const [mask, complement] = fixedQuotaMasks(units, pools, prior, 2, 1, 0);
    expect(complement).toEqual(mask?.map((member) => 1 - member));
    expect(mask?.subarray(0, 4).filter((member) => member === 1)).toHaveLength(2);
  });

  it('draw units of low prior more often (400 seeds)', () => {
    const drawn = new Float64Array(units.count);
    for (let seed = 0; seed < 400; seed++) {
      const [mask] = fixedQuotaMasks(units, pools, prior, 1, seed, 0);
      for (const [id, member] of (mask ?? []).entries()) drawn[id] = drawn[id]! + member;
    }
    // Weights of the neurons, 8 - prior, from 7 down to 0; of the groups from 7 to 4.
    const byPrior = [5, 7, 9, 11, 10, 8, 6, 4].map((id) => drawn[id]!);
    expect(byPrior).toEqual(byPrior.toSorted((a, b) => b - a));
  });
});
