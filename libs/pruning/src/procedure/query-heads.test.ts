import { describe, expect, it } from '@jest/globals';
import { mean, standardError } from '@bonsai/support';
import type { WidthConstraints } from '../contract/width-constraints.ts';
import { FREE_WIDTHS } from '../contract/width-constraints.ts';
import { stepCost, widthLadders } from '../selection/width-ladder.ts';
import { countWork } from '../plan/job-work.ts';
import { planBudget } from '../plan/plan-budget.ts';
import { resourceCosts } from '../target/resource-costs.ts';
import { resourceUse } from '../target/target-problem.ts';
import { hasAllowedWidths } from '../testing/allowed-widths.ts';
import { driveProcedure } from '../testing/drive-procedure.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { withQueryHeads } from '../units/model-shape.ts';
import type { PrunedUnit } from '../units/pruned-units.ts';
import { unevenLayer } from '../units/removals.ts';
import { costOf, countIn, union, type UnitSet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { createProcedure } from './create-procedure.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

const layer = { kvGroups: 3, ffnNeurons: 48 };
const shape = withQueryHeads({
  hiddenSize: 24,
  headDim: 4,
  queryHeadsPerGroup: 4,
  layers: [layer, layer, layer, layer],
});
const modelOf = (seed: number): SyntheticModel => new SyntheticModel({ seed, shape });

const WITH_HEADS: readonly PrunedUnit[] = ['ffnNeuron', 'kvGroup', 'queryHead'];

const settings: PruningSettings = { ...SMALL_JOB, sparsity: 0.4, masksPerRound: 40, units: WITH_HEADS };

const headsAlone = ({ modules }: UnitTable, set: UnitSet): number =>
  modules.filter(({ kind }) => kind === 'queryHead').reduce((sum, module) => sum + countIn(module, set), 0);

describe.each(['bonsai', 'priorOnly'] as const)('query heads as units of %s', (method) => {
  const run = (seed: number, changes: Partial<PruningSettings> = {}) => {
    const model = modelOf(seed);
    return { model, ...driveProcedure(createProcedure({ ...settings, method, ...changes }, model), model) };
  };

  it('go without their group where that is cheaper, equally many of every group, in masks as in cuts', () => {
    const { model, outcome, requests } = run(3);
    const { units } = model;
    expect(headsAlone(units, outcome.cut)).toBeGreaterThan(0);
    expect(0.4 * units.totalCost - costOf(units, outcome.cut)).toBeLessThan(3 * 24);
    for (const request of requests) {
      expect(unevenLayer(units, request.cut)).toBeUndefined();
      for (const mask of request.kind === 'losses' ? request.masks : []) {
        expect(unevenLayer(units, union(request.cut, mask))).toBeUndefined();
      }
    }
    const left =
      units.shape.layers.length * 12 - outcome.rounds.reduce((sum, round) => sum + round.removedQueryHeads, 0);
    expect(left).toBeGreaterThan(0);
    const heads = units.modules.filter(({ kind }) => kind === 'queryHead');
    expect(
      heads.some(({ start, count }) => outcome.importance.subarray(start, start + count).some((v) => v !== 0)),
    ).toBe(method === 'bonsai');
  });

  it('do less damage than without them, by more than two standard errors over twelve seeds', () => {
    const gains = Array.from({ length: 12 }, (_, i) => {
      // The statistics tell nothing of what is critical, and nothing here is about that.
      const model = new SyntheticModel({ seed: i + 1, shape, critical: 0 });
      const damage = (units: readonly PrunedUnit[]): number => {
        const { outcome } = driveProcedure(createProcedure({ ...settings, method, units }, model), model);
        return model.damage(outcome.cut);
      };
      return Math.log(damage(['ffnNeuron', 'kvGroup']) / damage(WITH_HEADS));
    });
    expect(mean(gains)).toBeGreaterThan(2 * standardError(gains));
  });

  it('stay in protected layers', () => {
    const { model, outcome } = run(3, { protectedLayers: [0, 2] });
    for (const { layer: at, start, count } of model.units.modules) {
      if (at % 2 === 0) expect(outcome.cut.subarray(start, start + count)).not.toContain(1);
    }
    expect(headsAlone(model.units, outcome.cut)).toBeGreaterThan(0);
  });

  it('count as what they take of a limit', () => {
    const { units } = modelOf(3);
    const asked = { resource: 'flops', atMost: 300_000, contextLength: 64, costs: undefined } as const;
    const costs = resourceCosts(asked, units.shape, { vocabSize: 50, otherParameters: 2000 });
    const target = {
      ...asked,
      atMost: Math.floor(0.6 * resourceUse(units, new Uint8Array(units.count), { ...asked, costs })),
      costs,
    };
    const { outcome } = run(3, { sparsity: 0, target });
    const spare = target.atMost - resourceUse(units, outcome.cut, target);
    expect(spare).toBeGreaterThanOrEqual(0);
    expect(spare).toBeLessThan(costs.ffnNeuron);
    expect(headsAlone(units, outcome.cut)).toBeGreaterThan(0);
  });

  it.each<Partial<WidthConstraints>>([
    { layout: 'uniform' },
    { layout: 'uniform', ffnAlignment: 8, minKvGroups: 3 },
    { ffnAlignment: 16, minKvGroups: 1 },
  ])('keep to widths of %j, and to the budget', (constraints) => {
    const { model, outcome, requests } = run(3, constraints);
    const { units } = model;
    const finished = requests.filter((request) => request.kind === 'roundFinished');
    for (const { cut } of [...finished, outcome]) expect(hasAllowedWidths(units, cut, constraints)).toBe(true);
    expect(headsAlone(units, outcome.cut)).toBeGreaterThan(0);
    const gap = 0.4 * units.totalCost - costOf(units, outcome.cut);
    expect(gap).toBeGreaterThanOrEqual(0);
    const inSteps = { ...FREE_WIDTHS, ...constraints };
    const ofFfn = widthLadders(units, inSteps).filter(({ kind }) => kind === 'ffnNeuron');
    expect(gap).toBeLessThan(Math.max(...ofFfn.map(stepCost)));
    expect(outcome.constraintCosts?.costs.length).toBeGreaterThan(0);
  });

  it('let more be removed where groups have to stay', () => {
    const constraints = { minKvGroups: 3, minFfnNeurons: 47, rounds: 1 };
    const refusal = (changes: Partial<PruningSettings>): string => {
      try {
        run(3, { ...constraints, sparsity: 0.9, ...changes });
      } catch (error) {
        return String(error);
      }
      return '';
    };
    const most = (message: string): number => Number(/at most (0\.\d+)/.exec(message)?.[1]);
    const withHeads = most(refusal({}));
    // Of 12 groups of 960 parameters three heads of four, 192 each, and of 4 x 48 neurons of 72 one per layer.
    expect(withHeads).toBeCloseTo((12 * 3 * 192 + 4 * 72) / modelOf(3).units.totalCost, 5);
    expect(most(refusal({ units: ['ffnNeuron', 'kvGroup'] }))).toBeLessThan(withHeads);
    const { model, outcome } = run(3, { ...constraints, sparsity: withHeads });
    expect(headsAlone(model.units, outcome.cut)).toBe(36);
  });

  it('are counted in estimates', () => {
    expect(countWork({ ...settings, method }, modelOf(3)).queryHeads).toBe(48);
  });
});

describe('settings that name query heads', () => {
  const refused: [Partial<PruningSettings>, string][] = [
    [{ units: ['queryHead'] }, 'settings.units'],
    [{ method: 'random' }, 'settings.units'],
    [
      {
        sparsity: 0,
        target: { resource: 'latency', atMost: 1, costs: { kvGroup: 1, ffnNeuron: 1, other: 0 } },
      },
      'settings.units',
    ],
  ];
  it.each(refused)('with %j are refused', (changes, field) => {
    const model = modelOf(1);
    expect(() => createProcedure({ ...settings, ...changes }, model)).toThrow(
      expect.objectContaining({ reason: 'SETTING_INVALID', field }),
    );
  });

  it.each(['bonsai', 'priorOnly'] as const)(
    '%s is refused a limit that only a head without a group would keep to',
    (method) => {
      const costs = { kvGroup: 56, ffnNeuron: 9, queryHead: 3, other: 4 };
      const attempt = (atMost: number) => {
        const target = { resource: 'latency', atMost, costs } as const;
        return createProcedure({ ...settings, method, sparsity: 0, target }, modelOf(1));
      };
      expect(() => attempt(4 + 9 - 1)).toThrow(expect.objectContaining({ reason: 'SPARSITY_UNREACHABLE' }));
      const { outcome } = driveProcedure(attempt(4 + 9), modelOf(1));
      expect(planBudget(modelOf(1).units, outcome.cut, settings)).toMatchObject({ keptKvGroups: 0, keptFfnNeurons: 1 });
    },
  );

  it('are refused where every group has one', () => {
    const single = new SyntheticModel({ seed: 1, shape: withQueryHeads({ ...shape, queryHeadsPerGroup: 1 }) });
    const units = new UnitTable({ ...shape, queryHeadsPerGroup: 1, layers: [layer, layer] });
    expect(() => createProcedure(settings, { windowTokens: single.windowTokens, units })).toThrow(
      expect.objectContaining({ reason: 'SETTING_INVALID', field: 'settings.units' }),
    );
  });
});
