import { describe, expect, it } from '@jest/globals';
import type { ErrorReason } from '@bonsai/support';
import { UnitTable } from '../units/unit-table.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { validateSettings } from './validate-settings.ts';
import { messageOf } from '../testing/message-of.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

const units = new UnitTable({
  hiddenSize: 8,
  headDim: 4,
  queryHeadsPerGroup: 1,
  layers: [{ kvGroups: 2, ffnNeurons: 16 }],
});
const problem = { units, windowTokens: [16, 16, 16, 16] };
const good: PruningSettings = { ...SMALL_JOB, rounds: 2, masksPerRound: 8, windowsPerMask: 4 };

describe('validateSettings', () => {
  it('accepts settings within their ranges', () => {
    expect(() => validateSettings(good, problem)).not.toThrow();
  });

  it.each<[Partial<PruningSettings>, ErrorReason, string]>([
    [{ sparsity: 0 }, 'SPARSITY_OUT_OF_RANGE', 'settings.sparsity'],
    [{ sparsity: 1 }, 'SPARSITY_OUT_OF_RANGE', 'settings.sparsity'],
    [{ sparsity: -0.5 }, 'SPARSITY_OUT_OF_RANGE', 'settings.sparsity'],
    [{ sparsity: Number.NaN }, 'SPARSITY_OUT_OF_RANGE', 'settings.sparsity'],
    [{ sparsity: 0.9999 }, 'SPARSITY_UNREACHABLE', 'settings.sparsity'],
    [{ sparsity: 1e-6 }, 'SPARSITY_UNREACHABLE', 'settings.sparsity'],
    [{ rounds: 0 }, 'SETTING_INVALID', 'settings.rounds'],
    [{ rounds: 1.5 }, 'SETTING_INVALID', 'settings.rounds'],
    [{ rounds: 1000 }, 'SETTING_INVALID', 'settings.rounds'],
    [{ masksPerRound: 7 }, 'SETTING_INVALID', 'settings.masks_per_round'],
    [{ masksPerRound: 1001 }, 'SETTING_INVALID', 'settings.masks_per_round'],
    [{ windowsPerMask: 0 }, 'SETTING_INVALID', 'settings.windows_per_mask'],
    [{ windowsPerMask: 5 }, 'SETTING_INVALID', 'settings.windows_per_mask'],
    [{ poolFactor: 0.5 }, 'SETTING_INVALID', 'settings.pool_factor'],
    [{ poolFactor: Infinity }, 'SETTING_INVALID', 'settings.pool_factor'],
    [{ seed: -1 }, 'SETTING_INVALID', 'settings.seed'],
    [{ method: 'flap' }, 'SETTING_INVALID', 'settings.prior'],
    [{ method: 'random', prior: 'obs' }, 'SETTING_INVALID', 'settings.prior'],
    [{ method: 'shortGpt', prior: 'obs' }, 'SETTING_INVALID', 'settings.prior'],
    [{ method: 'blockPruner', prior: 'wanda' }, 'SETTING_INVALID', 'settings.prior'],
    [{ method: 'paper', without: ['probes'] }, 'SETTING_INVALID', 'settings.without'],
    [{ method: 'shortGpt' }, 'SPARSITY_UNREACHABLE', 'settings.sparsity'],
    [{ method: 'blockPruner', sparsity: 0.2 }, 'SPARSITY_UNREACHABLE', 'settings.sparsity'],
  ])('refuses %j with %s on %s', (change, reason, field) => {
    expect(() => validateSettings({ ...good, ...change }, problem)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', reason, field }),
    );
  });

  it('does not ask for a share of all where the only block is too large', () => {
    const [layer] = units.shape.layers as [(typeof units.shape.layers)[0]];
    const single = { ...problem, units: new UnitTable({ ...units.shape, layers: [layer] }) };
    const run = (): void => validateSettings({ ...good, method: 'shortGpt' }, single);
    expect(messageOf(run)).toContain('The only block cannot go: choose another method.');
  });

  it.each<[Partial<PruningSettings>, number, number, 'most' | 'least']>([
    [{}, 17, 0.99, 'most'],
    [{}, 17, 0.01, 'least'],
    [{ protectedLayers: [1] }, 17, 0.01, 'least'],
    [{ method: 'blockPruner' }, 25, 0.05, 'least'],
    [{ method: 'blockPruner', protectedLayers: [1] }, 25, 0.05, 'least'],
    [{ method: 'shortGpt', protectedLayers: [0] }, 25, 0.05, 'least'],
  ])('of %j, with %d neurons, sparsity %d is refused, and what is said to be at %s feasible is', (change, ...rest) => {
    const [ffnNeurons, sparsity, bound] = rest;
    const layer = { kvGroups: 2, ffnNeurons };
    const uneven = { ...problem, units: new UnitTable({ ...units.shape, layers: [layer, layer, layer] }) };
    const run = (share: number) => () => validateSettings({ ...good, rounds: 1, ...change, sparsity: share }, uneven);
    expect(run(sparsity)).toThrow(expect.objectContaining({ field: 'settings.sparsity' }));
    const [, limit] = new RegExp(`at ${bound} (0\\.\\d+)`).exec(messageOf(run(sparsity))) ?? [];
    expect(run(Number(limit))).not.toThrow();
    expect(run(Number(limit) + (bound === 'most' ? 2e-6 : -2e-6))).toThrow();
  });

  it('wants masks only of the methods that evaluate some', () => {
    expect(() => validateSettings({ ...good, method: 'random', masksPerRound: 0 }, problem)).not.toThrow();
    expect(() => validateSettings({ ...good, method: 'random', masksPerRound: 1001 }, problem)).not.toThrow();
  });

  it('refuses calibration without windows or with windows of one token', () => {
    const reasonOf = (windowTokens: number[]): unknown => {
      try {
        validateSettings({ ...good, windowsPerMask: 1 }, { units, windowTokens });
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(reasonOf([])).toMatchObject({ reason: 'TEXT_TOO_SHORT' });
    expect(reasonOf([16, 1])).toMatchObject({ reason: 'WINDOW_LENGTH' });
  });

  it('refuses a model with a single unit', () => {
    const single = new UnitTable({ ...units.shape, layers: [{ kvGroups: 1, ffnNeurons: 0 }] });
    expect(() => validateSettings(good, { ...problem, units: single })).toThrow(
      expect.objectContaining({ reason: 'SPARSITY_UNREACHABLE' }),
    );
  });
});
