import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { mostOfRound, roundBudget, shareOf } from './budget.ts';

const settings: PruningSettings = {
  method: 'bonsai',
  prior: 'energy',
  sparsity: 0.5,
  rounds: 5,
  masksPerRound: 8,
  windowsPerMask: 1,
  seed: 0,
  poolFactor: 3,
  units: ['ffnNeuron', 'kvGroup', 'block'],
};
const withoutWholes: PruningSettings = { ...settings, units: ['ffnNeuron', 'kvGroup'] };
// Every neuron costs 3.
const units = new UnitTable({
  hiddenSize: 1,
  headDim: 1,
  queryHeadsPerGroup: 1,
  layers: [{ kvGroups: 0, ffnNeurons: 100 }],
});
const cutOf = (count: number) => emptySet(units).map((_, id) => Number(id < count));

describe('roundBudget', () => {
  it('lets the target grow by the same from round to round', () => {
    expect(roundBudget(withoutWholes, units, 1, cutOf(9))).toMatchObject({ need: 33, needInAll: 123 });
  });

  it('divides what is still to go equally where rounds may borrow from later ones', () => {
    expect(roundBudget(settings, units, 0, cutOf(0))).toMatchObject({ need: 30, needInAll: 150, lastRound: false });
    expect(roundBudget(settings, units, 1, cutOf(30))).toMatchObject({ need: 15, needInAll: 60, lastRound: false });
    expect(roundBudget(settings, units, 4, cutOf(48))).toMatchObject({ need: 6, needInAll: 6, lastRound: true });
  });
});

describe('shareOf', () => {
  it('is no whisker less than the part, which might cost the last unit', () => {
    expect((55 / 300) * 300).toBeLessThan(55);
    for (let part = 1; part <= 300; part++) expect(shareOf(part, 300) * 300).toBeGreaterThanOrEqual(part);
  });

  it('costs no unit more where it is a whisker more and a limit is to be reached', () => {
    const sparsity = shareOf(42, units.totalCost);
    expect(sparsity * units.totalCost).toBeGreaterThan(42);
    const limited: PruningSettings = { ...withoutWholes, rounds: 1, sparsity, atLeast: true };
    expect(roundBudget(limited, units, 0, cutOf(0))).toMatchObject({ need: 42, needInAll: 42 });
  });
});

describe('mostOfRound', () => {
  it('is the share of the round where no block may be taken whole', () => {
    expect(mostOfRound(withoutWholes, roundBudget(withoutWholes, units, 0, cutOf(0)), 0)).toBe(30);
  });

  it('leaves later rounds half of their shares, and the last round nothing to borrow from', () => {
    expect(mostOfRound(settings, roundBudget(settings, units, 0, cutOf(0)), 0)).toBe(90);
    expect(mostOfRound(settings, roundBudget(settings, units, 3, cutOf(30)), 3)).toBe(45);
    expect(mostOfRound(settings, roundBudget(settings, units, 4, cutOf(40)), 4)).toBe(30);
  });

  it('leaves every later round a unit even if each before it takes the most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0.5, max: 0.9, noNaN: true }),
        (rounds, sparsity) => {
          const chosen = { ...settings, rounds, sparsity };
          let removed = 0;
          for (let round = 0; round < rounds; round++) {
            const budget = roundBudget(chosen, units, round, cutOf(removed));
            expect(budget.need).toBeGreaterThan(3 - 1e-9);
            removed += Math.floor(mostOfRound(chosen, budget, round) / 3 + 1e-9);
          }
          expect(removed).toBe(Math.floor((sparsity * units.totalCost) / 3 + 1e-9));
        },
      ),
    );
  });
});
