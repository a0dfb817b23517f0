import { describe, expect, it } from '@jest/globals';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { createProcedure } from '../procedure/create-procedure.ts';
import { driveProcedure } from '../testing/drive-procedure.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { countWork } from './job-work.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

/** It refuses the recovery of attention, so that every recovery is judged together as well. */
const model = new SyntheticModel({
  seed: 3,
  shape: {
    hiddenSize: 24,
    headDim: 4,
    queryHeadsPerGroup: 2,
    layers: Array.from({ length: 3 }, () => ({ kvGroups: 4, ffnNeurons: 48 })),
  },
});

const settings = SMALL_JOB;

const everyRound = { method: 'leastSquares', schedule: 'everyRound' } as const;

describe('countWork', () => {
  it.each<[string, Partial<PruningSettings>]>([
    ['a search', {}],
    ['a search with recovery', { recovery: everyRound }],
    ['a search with recovery at the end', { recovery: { ...everyRound, schedule: 'atEnd' } }],
    ['the published scheme', { method: 'paper', prior: 'wanda' }],
    ['rounds by the prior', { method: 'priorOnly' }],
    ['rounds by the better prior', { method: 'priorOnly', prior: 'best', recovery: everyRound }],
    ['one cut with recovery', { method: 'flap', prior: 'fluctuation', recovery: everyRound }],
    ['a constraint that is priced', { method: 'priorOnly', layout: 'uniform' }],
  ])('counts every loss that is asked of %s', (_, change) => {
    const chosen = { ...settings, ...change };
    const { requests } = driveProcedure(createProcedure(chosen, model), model);
    const asked = requests.reduce((sum, request) => sum + (request.kind === 'losses' ? request.masks.length : 0), 0);
    expect(countWork(chosen, model).evaluations).toBe(asked);
  });
});
