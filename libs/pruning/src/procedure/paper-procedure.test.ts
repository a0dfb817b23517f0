import { describe, expect, it } from '@jest/globals';
import { kendallTau } from '../regression/kendall-tau.ts';
import { driveProcedure } from '../testing/drive-procedure.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { removesEverything } from '../units/removals.ts';
import { createProcedure } from './create-procedure.ts';

const layer = { kvGroups: 4, ffnNeurons: 8 };
const shape = { hiddenSize: 24, headDim: 4, queryHeadsPerGroup: 1, layers: [layer, layer] };

describe('the published scheme with one global fit', () => {
  it.each([1, 2, 3])('ranks its candidates as the model does that adds up (Kendall tau > 0.2, seed %d)', (seed) => {
    const model = new SyntheticModel({ shape, seed, critical: 0, interaction: 0, maskNoise: 0, windowNoise: 0 });
    const settings = { method: 'paper', prior: 'wanda', sparsity: 0.4, rounds: 1, masksPerRound: 80 } as const;
    const procedure = createProcedure({ ...settings, windowsPerMask: 2, seed, poolFactor: 3 }, model);
    const { importance } = driveProcedure(procedure, model).outcome;
    const fitted = [...importance.keys()].filter((id) => importance[id] !== 0);
    const of = (values: Float64Array): Float64Array => Float64Array.from(fitted, (id) => values[id]!);
    expect(kendallTau(of(importance), of(model.truth))).toBeGreaterThan(0.2);
  });
});

describe.each(['paper', 'paperLocal'] as const)('%s', (method) => {
  it('masks no more than all but one unit, also where every module has one left', () => {
    const single = { kvGroups: 1, ffnNeurons: 1 };
    const model = new SyntheticModel({ shape: { ...shape, layers: [single, single] }, seed: 1 });
    const settings = { method, prior: 'wanda', sparsity: 0.6, rounds: 1, masksPerRound: 8, windowsPerMask: 2 } as const;
    const { requests } = driveProcedure(createProcedure({ ...settings, seed: 1, poolFactor: 3 }, model), model);
    const masks = requests.flatMap((request) => (request.kind === 'losses' ? request.masks : []));
    expect(masks).toHaveLength(9);
    expect(masks.filter((mask) => removesEverything(model.units, mask))).toEqual([]);
  });
});
