import { describe, expect, it } from '@jest/globals';
import { estimateJob } from '../plan/job-estimate.ts';
import { resourceCosts } from '../target/resource-costs.ts';
import { resourceUse } from '../target/target-problem.ts';
import { driveProcedure } from '../testing/drive-procedure.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { withQueryHeads } from '../units/model-shape.ts';
import { unevenLayer } from '../units/removals.ts';
import { costOf, countIn, union, type UnitSet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { createProcedure } from './create-procedure.ts';
import type { PruningSettings } from './pruning-procedure.ts';

const layer = { kvGroups: 3, ffnNeurons: 48 };
const shape = withQueryHeads({
  hiddenSize: 24,
  headDim: 4,
  queryHeadsPerGroup: 4,
  layers: [layer, layer, layer, layer],
});
const modelOf = (seed: number): SyntheticModel => new SyntheticModel({ seed, shape });

const settings: PruningSettings = {
  method: 'bonsai',
  prior: 'energy',
  sparsity: 0.4,
  rounds: 3,
  masksPerRound: 40,
  windowsPerMask: 3,
  seed: 7,
  poolFactor: 3,
  units: ['ffnNeuron', 'kvGroup', 'queryHead'],
};

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

  it('do less damage in all than without them', () => {
    const damages = [11, 12, 13, 14].map((seed) => {
      const { model, outcome } = run(seed);
      const { cut } = run(seed, { units: ['ffnNeuron', 'kvGroup'] }).outcome;
      return model.damage(outcome.cut) / model.damage(cut);
    });
    expect(damages.reduce((sum, ratio) => sum + ratio, 0) / damages.length).toBeLessThan(1);
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

  it('are counted in estimates', () => {
    expect(estimateJob({ ...settings, method }, modelOf(3)).queryHeads).toBe(48);
  });
});

describe('settings that name query heads', () => {
  const refused: [Partial<PruningSettings>, string][] = [
    [{ units: ['queryHead'] }, 'settings.units'],
    [{ method: 'random' }, 'settings.units'],
    [{ layout: 'uniform' }, 'settings.units'],
    [{ ffnAlignment: 8 }, 'settings.units'],
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

  it('are refused where every group has one', () => {
    const single = new SyntheticModel({ seed: 1, shape: withQueryHeads({ ...shape, queryHeadsPerGroup: 1 }) });
    const units = new UnitTable({ ...shape, queryHeadsPerGroup: 1, layers: [layer, layer] });
    expect(() => createProcedure(settings, { windowTokens: single.windowTokens, units })).toThrow(
      expect.objectContaining({ reason: 'SETTING_INVALID', field: 'settings.units' }),
    );
  });
});
