import { describe, expect, it } from '@jest/globals';
import { createProcedure } from '../procedure/create-procedure.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { UnitTable } from '../units/unit-table.ts';
import { messageOf } from '../testing/message-of.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

const layer = { kvGroups: 2, ffnNeurons: 50 };
const units = new UnitTable({ hiddenSize: 8, headDim: 4, queryHeadsPerGroup: 1, layers: [layer, layer, layer] });
const problem = { units, windowTokens: [16, 16, 16, 16] };
const good: PruningSettings = { ...SMALL_JOB, method: 'priorOnly', rounds: 2 };

const attempt = (change: Partial<PruningSettings>) => () => createProcedure({ ...good, ...change }, problem);

describe('constraints that cannot be kept', () => {
  it.each<[Partial<PruningSettings>, string, string]>([
    [{ ffnAlignment: 1.5 }, 'settings.ffn_alignment', 'at least 1'],
    [{ ffnAlignment: 51 }, 'settings.ffn_alignment', 'at most 50'],
    [{ minKvGroups: -1 }, 'settings.min_kv_groups', 'at least 0'],
    [{ minKvGroups: 3 }, 'settings.min_kv_groups', 'at most 2'],
    [{ minFfnNeurons: 51 }, 'settings.min_ffn_neurons', 'at most 50'],
    [{ minFfnNeurons: 49, ffnAlignment: 16 }, 'settings.min_ffn_neurons', 'at most 48'],
    [{ units: ['ffnNeuron'], minKvGroups: 3 }, 'settings.min_kv_groups', 'at most 2'],
    [{ units: ['kvGroup'], sparsity: 0.1, minFfnNeurons: 51 }, 'settings.min_ffn_neurons', 'at most 50'],
    [{ layout: 'uniform', protectedLayers: [1] }, 'settings.layout', 'protect no layer'],
    [{ layout: 'uniform', units: ['ffnNeuron'], protectedLayers: [1] }, 'settings.layout', 'protect no layer'],
    [{ layout: 'uniform', method: 'blockPruner' }, 'settings.layout', 'leave out'],
    [{ minKvGroups: 1, method: 'shortGpt' }, 'settings.min_kv_groups', 'leave out'],
    [{ layout: 'uniform', ffnAlignment: 25, rounds: 12 }, 'settings.rounds', 'at most'],
  ])('%j is refused on %s with what would do', (change, field, advice) => {
    expect(attempt(change)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'SETTING_INVALID', field }),
    );
    expect(messageOf(attempt(change))).toContain(advice);
  });

  it.each<[Partial<PruningSettings>, number, 'most' | 'least']>([
    [{ minFfnNeurons: 40 }, 0.6, 'most'],
    [{ minFfnNeurons: 40, protectedLayers: [0] }, 0.6, 'most'],
    [{ ffnAlignment: 32, rounds: 1 }, 0.1, 'least'],
    [{ layout: 'uniform', ffnAlignment: 25, rounds: 1 }, 0.01, 'least'],
  ])('%j with sparsity %d is refused, and what is said to be at %s feasible is', (change, sparsity, bound) => {
    const run = (share: number) => attempt({ ...change, sparsity: share });
    expect(run(sparsity)).toThrow(
      expect.objectContaining({ reason: 'SPARSITY_UNREACHABLE', field: 'settings.sparsity' }),
    );
    const [, limit] = new RegExp(`at ${bound} (0\\.\\d+)`).exec(messageOf(run(sparsity))) ?? [];
    expect(run(Number(limit))).not.toThrow();
    expect(run(Number(limit) + (bound === 'most' ? 2e-6 : -2e-6))).toThrow();
  });

  it('more rounds than steps are refused, and as many as there are steps are not', () => {
    const change = { layout: 'uniform', ffnAlignment: 10 } as const;
    const [, most] = /at most (\d+)/.exec(messageOf(attempt({ ...change, rounds: 20 }))) ?? [];
    expect(attempt({ ...change, rounds: Number(most) })).not.toThrow();
    expect(attempt({ ...change, rounds: Number(most) + 1 })).toThrow();
  });
});
