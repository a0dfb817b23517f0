import { describe, expect, it } from '@jest/globals';
import { countWork } from '../plan/job-work.ts';
import { createProcedure } from '../procedure/create-procedure.ts';
import { defaultPrior, methodTraits } from '../contract/method-traits.ts';
import { PRUNING_METHODS } from '../contract/pruning-procedure.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { driveProcedure } from '../testing/drive-procedure.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { costOf, countIn } from '../units/unit-set.ts';
import { messageOf } from '../testing/message-of.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

const layer = { kvGroups: 3, ffnNeurons: 48 };
const model = new SyntheticModel({
  seed: 9,
  shape: { hiddenSize: 24, headDim: 4, queryHeadsPerGroup: 2, layers: [layer, layer, layer, layer, layer] },
});
const { units } = model;

const settings: PruningSettings = { ...SMALL_JOB, sparsity: 0.4, rounds: 2, protectedLayers: [0, 4] };

describe('protected layers and kinds of units', () => {
  it.each(PRUNING_METHODS)('method %s takes the whole budget from the others', (method) => {
    const chosen = { ...settings, method, prior: defaultPrior(method) };
    const { outcome, requests } = driveProcedure(createProcedure(chosen, model), model);
    const removed = units.modules.map((module) => countIn(module, outcome.cut));
    expect([removed[0], removed[1], removed[8], removed[9]]).toEqual([0, 0, 0, 0]);
    const gap = 0.4 * units.totalCost - costOf(units, outcome.cut);
    expect(gap).toBeGreaterThanOrEqual(0);
    const grain = methodTraits(method).removesBlocks ? 0.4 * units.totalCost : 3 * 24;
    expect(gap).toBeLessThan(grain);
    expect(outcome.importance).toHaveLength(units.count);
    // The last question prices the protection, by a cut without it.
    const asked = methodTraits(method).removesBlocks ? requests : requests.slice(0, -1);
    const masks = asked.flatMap((request) => (request.kind === 'losses' ? request.masks : []));
    for (const mask of [...masks, ...requests.flatMap((r) => (r.kind === 'statistics' ? [r.cut] : []))]) {
      expect(mask).toHaveLength(units.count);
      for (const m of [0, 1, 8, 9]) expect(countIn(units.modules[m]!, mask)).toBe(0);
    }
  });

  it.each(PRUNING_METHODS.filter((method) => !methodTraits(method).removesBlocks))(
    'with FFN neurons alone, method %s leaves every KV group',
    (method) => {
      const chosen: PruningSettings = {
        ...settings,
        method,
        prior: defaultPrior(method),
        sparsity: 0.3,
        units: ['ffnNeuron'],
      };
      const { outcome } = driveProcedure(createProcedure(chosen, model), model);
      for (const m of [0, 1, 2, 4, 6, 8, 9]) expect(countIn(units.modules[m]!, outcome.cut)).toBe(0);
      const gap = 0.3 * units.totalCost - costOf(units, outcome.cut);
      expect(gap).toBeGreaterThanOrEqual(0);
      expect(gap).toBeLessThan(3 * 24);
    },
  );

  it('is what was asked for where all units that may be removed by default are named', () => {
    const cutOf = (chosen: PruningSettings) => driveProcedure(createProcedure(chosen, model), model).outcome;
    expect(cutOf({ ...settings, units: ['kvGroup', 'ffnNeuron'] })).toEqual(cutOf(settings));
  });

  it('is estimated as it runs', () => {
    const { outcome } = driveProcedure(createProcedure(settings, model), model);
    const { forwardTokens, prunableParameters } = countWork(settings, model);
    const ofRounds = outcome.rounds.reduce((sum, round) => sum + round.forwardTokens, 0);
    expect(forwardTokens).toBe(ofRounds + outcome.constraintCosts!.forwardTokens);
    expect(prunableParameters).toBe(units.totalCost);
  });

  it.each([
    [{ protectedLayers: [5] }, 'SETTING_INVALID', 'settings.protected_layers'],
    [{ protectedLayers: [0.5] }, 'SETTING_INVALID', 'settings.protected_layers'],
    [{ protectedLayers: [0, 1, 2, 3, 4] }, 'SETTING_INVALID', 'settings.protected_layers'],
    [{ sparsity: 0.7 }, 'SPARSITY_UNREACHABLE', 'settings.sparsity'],
    [{ sparsity: -0.5 }, 'SPARSITY_OUT_OF_RANGE', 'settings.sparsity'],
    [{ sparsity: NaN }, 'SPARSITY_OUT_OF_RANGE', 'settings.sparsity'],
    [{ units: ['kvGroup'] }, 'SPARSITY_UNREACHABLE', 'settings.sparsity'],
    [{ units: [] }, 'SETTING_INVALID', 'settings.units'],
    [{ units: ['block'] }, 'SETTING_INVALID', 'settings.units'],
    [{ units: ['layer'] }, 'SETTING_INVALID', 'settings.units'],
    [{ units: ['ffnNeuron', 'block'] }, 'SETTING_INVALID', 'settings.units'],
    [{ units: ['ffnNeuron', 'kvGroup', 'block'], layout: 'uniform' }, 'SETTING_INVALID', 'settings.units'],
    [{ units: ['ffnNeuron', 'kvGroup', 'layer'], method: 'priorOnly' }, 'SETTING_INVALID', 'settings.units'],
    [{ units: ['ffnNeuron', 'queryHead'] }, 'SETTING_INVALID', 'settings.units'],
    [{ units: ['ffnNeuron', 'kvGroup', 'queryHead'] }, 'SETTING_INVALID', 'settings.units'],
    [{ units: ['ffnNeuron', 'kvGroup'], method: 'shortGpt' }, 'SETTING_INVALID', 'settings.units'],
  ] satisfies [Partial<PruningSettings>, string, string][])('refuses %j', (change, reason, field) => {
    const attempt = () => createProcedure({ ...settings, ...change }, model);
    expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', reason, field }));
  });

  it('says the highest sparsity that is left', () => {
    const attempt = (sparsity: number) => () => createProcedure({ ...settings, sparsity }, model);
    const [, highest] = /at most (0\.\d+)/.exec(messageOf(attempt(0.7))) ?? [];
    expect(attempt(Number(highest))).not.toThrow();
    expect(attempt(Number(highest) + 2e-6)).toThrow();
  });
});
