import { describe, expect, it } from '@jest/globals';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { UnitTable } from '../units/unit-table.ts';
import { createProcedure } from './create-procedure.ts';
import { mostRounds } from './most-rounds.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

const layer = { kvGroups: 2, ffnNeurons: 50 };
const units = new UnitTable({ hiddenSize: 8, headDim: 4, queryHeadsPerGroup: 1, layers: [layer, layer, layer] });
const problem = { units, windowTokens: [16, 16, 16, 16] };
const settings: PruningSettings = { ...SMALL_JOB, method: 'priorOnly', rounds: 0 };

describe('mostRounds', () => {
  it.each<[Partial<PruningSettings>]>([
    [{}],
    [{ sparsity: 0.02 }],
    [{ protectedLayers: [0, 1], sparsity: 0.02 }],
    [{ layout: 'uniform', ffnAlignment: 25 }],
    [{ layout: 'uniform', ffnAlignment: 16 }],
    [{ ffnAlignment: 16, protectedLayers: [2] }],
    [
      {
        layout: 'uniform',
        sparsity: 0,
        target: { resource: 'parameters', atMost: 3000, costs: { kvGroup: 128, ffnNeuron: 24, other: 100 } },
      },
    ],
  ])('of %j are accepted, and one more is not', (change) => {
    const most = mostRounds({ ...settings, ...change }, problem);
    const attempt = (rounds: number) => () => createProcedure({ ...settings, ...change, rounds }, problem);
    expect(attempt(most)).not.toThrow();
    expect(attempt(most + 1)).toThrow(expect.objectContaining({ field: 'settings.rounds' }));
  });

  it.each<[Partial<PruningSettings>, string]>([
    [{ sparsity: Number.NaN }, 'settings.sparsity'],
    [{ ffnAlignment: 51 }, 'settings.ffn_alignment'],
  ])('of %j are not to be had', (change, field) => {
    expect(() => mostRounds({ ...settings, ...change }, problem)).toThrow(expect.objectContaining({ field }));
  });
});
