import { describe, expect, it } from '@jest/globals';
import type { MethodOutcome, MethodSettings } from '../contract/pruning-procedure.ts';
import { driveProcedure } from '../testing/drive-procedure.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { bonsaiProcedure } from './bonsai-procedure.ts';
import { paperProcedure } from './paper-procedure.ts';
import { priorProcedure } from './prior-procedure.ts';

const model = new SyntheticModel({
  seed: 4,
  shape: {
    ...{ hiddenSize: 8, headDim: 4, queryHeadsPerGroup: 1 },
    layers: [
      { kvGroups: 2, ffnNeurons: 20 },
      { kvGroups: 2, ffnNeurons: 20 },
    ],
  },
});
const settings: Omit<MethodSettings, 'method'> = {
  prior: 'energy',
  ...{ sparsity: 0.4, rounds: 3, masksPerRound: 20, windowsPerMask: 2, seed: 3, poolFactor: 3 },
};

describe.each([
  ['bonsai', bonsaiProcedure],
  ['paper', paperProcedure],
  ['priorOnly', priorProcedure],
] as const)('what method %s says of a unit', (method, procedureOf) => {
  it('is what it said before the unit went, which is no reason to take it for worthless', () => {
    const chosen: MethodSettings = { ...settings, method };
    const outcome = driveProcedure(procedureOf(chosen, model), model).outcome as MethodOutcome;
    expect(outcome.cut.includes(1)).toBe(true);
    expect(outcome.damage?.filter((damage) => !(damage > 0))).toEqual(new Float64Array(0));
  });
});
