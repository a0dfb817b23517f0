import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@bonsai/support';
import fc from 'fast-check';
import { grainOf, modelShapes, sharesUpTo } from '../testing/random-shapes.ts';
import { costOf } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { candidatePool } from './candidate-pool.ts';
import { randomQuotaMask } from './random-quota-mask.ts';
import { randomQuotas } from './random-quotas.ts';
import { weightedOrder } from './weighted-order.ts';

const units = new UnitTable({
  hiddenSize: 16,
  headDim: 4,
  queryHeadsPerGroup: 2,
  layers: Array.from({ length: 3 }, () => ({ kvGroups: 4, ffnNeurons: 40 })),
});
const everyUnit = Array.from({ length: units.count }, (_, id) => id);

describe('randomQuotas', () => {
  it('sums to the need and stays within what each module has', () => {
    const capacities = fc.array(fc.nat(100), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(capacities, sharesUpTo(1.2), fc.nat(), (offers, share, seed) => {
        const available = offers.reduce((a, b) => a + b, 0);
        const quotas = randomQuotas(offers, share * available, seededRandom(seed));
        expect(quotas.reduce((a, b) => a + b, 0)).toBeCloseTo(Math.min(1, share) * available, 8);
        for (const [m, quota] of quotas.entries()) expect(quota).toBeLessThanOrEqual(offers[m]! + 1e-9);
      }),
    );
  });

  it('draws more on modules that offer more', () => {
    const seeds = Array.from({ length: 1000 }, (_, seed) => seed);
    const ofSmall = seeds.reduce((sum, seed) => sum + randomQuotas([10, 90], 1, seededRandom(seed))[0]!, 0);
    // 10 a / (10 a + 90 b), a and b exponential, is (9 ln 9 - 8) / 64 = 0.184 on average; drawn alike, modules would give a half.
    expect(ofSmall / seeds.length).toBeCloseTo(0.184, 1);
  });
});

describe('randomQuotaMask', () => {
  it('costs the need to within one unit, for any shape', () => {
    fc.assert(
      fc.property(modelShapes, fc.double({ min: 0.01, max: 0.9, noNaN: true }), fc.nat(), (shape, share, seed) => {
        const table = new UnitTable(shape);
        const pool = Array.from({ length: table.count }, (_, id) => id);
        const need = share * table.totalCost;
        const mask = randomQuotaMask(table, pool, need, seededRandom(seed), undefined, randomQuotas);
        expect(need - costOf(table, mask)).toBeGreaterThanOrEqual(0);
        expect(need - costOf(table, mask)).toBeLessThan(grainOf(table));
      }),
    );
  });

  it('is made again from its index alone and differs from its neighbours', () => {
    const make = (index: number): string =>
      randomQuotaMask(units, everyUnit, 0.2 * units.totalCost, seededRandom(5, index), undefined, randomQuotas).join(
        '',
      );
    expect(make(3)).toBe(make(3));
    expect(new Set([0, 1, 2, 3].map(make)).size).toBe(4);
  });

  it('is disjoint from its partner where the pool allows', () => {
    for (let seed = 0; seed < 20; seed++) {
      const need = 0.3 * units.totalCost;
      const first = randomQuotaMask(units, everyUnit, need, seededRandom(seed, 0), undefined, randomQuotas);
      const second = randomQuotaMask(units, everyUnit, need, seededRandom(seed, 1), first, randomQuotas);
      expect(first.some((member, id) => member === 1 && second[id] === 1)).toBe(false);
    }
  });

  it('prefers the first units of the pool in each module', () => {
    const { start, count } = units.module(0, 'ffnNeuron');
    const taken = new Array<number>(count).fill(0);
    for (let seed = 0; seed < 400; seed++) {
      const mask = randomQuotaMask(
        units,
        everyUnit,
        0.25 * units.totalCost,
        seededRandom(seed),
        undefined,
        randomQuotas,
      );
      for (let i = 0; i < count; i++) taken[i]! += mask[start + i]!;
    }
    const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
    expect(sum(taken.slice(0, count / 2))).toBeGreaterThan(1.5 * sum(taken.slice(count / 2)));
  });
});

describe('weightedOrder', () => {
  it('is a permutation', () => {
    expect(weightedOrder([4, 7, 9, 1], seededRandom(2)).sort((a, b) => a - b)).toEqual([1, 4, 7, 9]);
  });
});

describe('candidatePool', () => {
  it('fills the multiple of the need in order, and adds what must be in it', () => {
    const neuron = units.module(0, 'ffnNeuron').unitCost;
    const pool = candidatePool(units, everyUnit.slice(4), 4 * neuron, 2.5, (id) => id === units.count - 1);
    expect(pool).toEqual([...everyUnit.slice(4, 14), units.count - 1]);
  });
});
