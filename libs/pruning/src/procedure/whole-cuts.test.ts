import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@bonsai/support';
import fc from 'fast-check';
import { wholesLeft } from '../selection/blocks.ts';
import { rankedByDamage, type Ranking } from '../selection/ranking.ts';
import { selectWithinBudget } from '../selection/select-within-budget.ts';
import { driveProcedure } from '../testing/drive-procedure.ts';
import { modelShapes } from '../testing/random-shapes.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import type { PrunedUnit } from '../units/pruned-units.ts';
import { costOf, emptySet, type UnitSet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';

import { createProcedure } from './create-procedure.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { wholeCuts } from './whole-cuts.ts';

const offered: readonly PrunedUnit[] = ['block', 'layer'];
const contains = (set: UnitSet, part: UnitSet): boolean => part.every((member, id) => member === 0 || set[id] === 1);

describe('wholeCuts', () => {
  it('take a block or a layer whole that the ranking would not, at the cost of the round or of the block, for any shape', () => {
    const share = fc.double({ min: 0.05, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(modelShapes, share, share, fc.nat(), (shape, ofNeed, borrowed, seed) => {
        const units = new UnitTable(shape);
        const random = seededRandom(seed);
        const importance = Float64Array.from({ length: units.count }, () => random.next());
        const cut = emptySet(units).map(() => Number(random.next() < 0.2));
        const need = ofNeed * units.totalCost;
        const most = need + borrowed * units.totalCost;
        const select = ({ order }: Ranking, size: number): UnitSet => selectWithinBudget(units, order, size);
        const ranked = select(rankedByDamage(units, cut, importance), need);
        const blocks = wholesLeft(units, cut, offered).filter((block) => !contains(ranked, block));
        const masks = wholeCuts({ units, offered, cut, need, most, select }, importance, seededRandom(seed, 1));
        // Where no whole is worth it, there is nothing to see.
        fc.pre(masks.length > 0);
        for (const mask of masks) {
          expect(mask.some((member, id) => member + cut[id]! > 1)).toBe(false);
          const cost = costOf(units, mask);
          expect(cost).toBeLessThanOrEqual(most);
          const whole = blocks.filter((block) => contains(mask, block)).map((block) => costOf(units, block));
          expect(whole.some((costOfBlock) => cost <= need || cost === costOfBlock)).toBe(true);
        }
        expect(wholeCuts({ units, offered, cut, need, most, select }, importance, seededRandom(seed, 1))).toEqual(
          masks,
        );
      }),
    );
  });
});

describe('wholeCuts of blocks that the ranking takes the worthless half of', () => {
  const layer = { kvGroups: 4, ffnNeurons: 8 };
  const units = new UnitTable({ hiddenSize: 4, headDim: 2, queryHeadsPerGroup: 1, layers: [layer, layer] });
  const importance = Float64Array.from({ length: units.count }, (_, id) => (id % 2 === 0 ? 1e-6 : 1));

  it('are none: no whole is as likely as that to be better', () => {
    const select = ({ order }: Ranking, size: number): UnitSet => selectWithinBudget(units, order, size);
    const [need, most] = [0.25 * units.totalCost, 0.9 * units.totalCost];
    const problem = { units, offered, cut: emptySet(units), need, most, select };
    for (let seed = 0; seed < 20; seed++) expect(wholeCuts(problem, importance, seededRandom(seed))).toEqual([]);
  });
});

describe('a layer whose units do little together, however much each does alone', () => {
  const layer = { kvGroups: 6, ffnNeurons: 48 };
  const shape = { hiddenSize: 96, headDim: 16, queryHeadsPerGroup: 1, layers: Array.from({ length: 6 }, () => layer) };
  const settings: PruningSettings = {
    method: 'bonsai',
    prior: 'energy',
    sparsity: 0.5,
    rounds: 5,
    masksPerRound: 32,
    windowsPerMask: 4,
    seed: 1,
    poolFactor: 3,
  };
  const damage = (seed: number, options: Partial<PruningSettings>): number => {
    const model = new SyntheticModel({ shape, seed, critical: 0, redundant: { layer: 3, most: 0.02 } });
    const { outcome } = driveProcedure(createProcedure({ ...settings, seed, ...options }, model), model);
    expect(costOf(model.units, outcome.cut)).toBeGreaterThan(0.499 * model.units.totalCost);
    return model.damage(outcome.cut);
  };

  it('is found by measuring it whole: over twenty seeds, less than 0.95 of the damage', () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);
    const sum = (options: Partial<PruningSettings>): number =>
      seeds.reduce((total, seed) => total + damage(seed, options), 0);
    expect(sum({ units: ['ffnNeuron', 'kvGroup', ...offered] })).toBeLessThan(0.95 * sum({}));
  });
});
