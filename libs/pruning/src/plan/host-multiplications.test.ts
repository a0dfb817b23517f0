import { describe, expect, it } from '@jest/globals';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { UnitTable } from '../units/unit-table.ts';
import { hostMultiplications } from './host-multiplications.ts';

/** Two layers of 8 columns of attention and 12 neurons, 16 wide; a group costs 192, a neuron 48. */
const problem = {
  units: new UnitTable({
    hiddenSize: 16,
    headDim: 2,
    queryHeadsPerGroup: 2,
    layers: [
      { kvGroups: 2, ffnNeurons: 12 },
      { kvGroups: 2, ffnNeurons: 12 },
    ],
  }),
  windowTokens: [8, 8, 8, 8],
};

const settings: PruningSettings = {
  method: 'priorOnly',
  prior: 'obs',
  sparsity: 0.5,
  rounds: 2,
  masksPerRound: 4,
  windowsPerMask: 2,
  seed: 1,
  poolFactor: 2,
};
const recovery = { method: 'alignedLeastSquares', schedule: 'everyRound' } as const;

const obs = (columns: number): number => columns ** 3 / 3;
const refit = (kept: number, columns: number): number => kept ** 3 / 6 + 16 * kept * (kept + columns);

describe('hostMultiplications', () => {
  const ofObs = 2 * (obs(8) + obs(12)) + 2 * (obs(6) + obs(9));
  const firstRefit = 2 * (refit(6, 8) + refit(9, 12));
  const lastRefit = 2 * (refit(4, 8) + refit(6, 12));

  it.each<[string, Partial<PruningSettings>, number]>([
    ['nothing for energies', { prior: 'energy' }, 0],
    ['the energies of obs in every round', {}, ofObs],
    ['two fits of every recovery', { prior: 'energy', recovery }, 2 * (firstRefit + lastRefit)],
    ['one recovery at the end', { prior: 'energy', recovery: { ...recovery, schedule: 'atEnd' } }, 2 * lastRefit],
    ['a fit for every prior of a race', { prior: 'best', recovery }, ofObs + 2 * firstRefit + 4 * lastRefit],
    ['nothing for biases', { prior: 'energy', recovery: { ...recovery, method: 'bias' } }, 0],
    ['nothing where whole blocks go', { method: 'shortGpt', prior: 'energy', recovery }, 0],
  ])('counts %s', (_, changes, expected) => {
    expect(hostMultiplications({ ...settings, ...changes }, problem)).toBeCloseTo(expected, 6);
  });

  it('takes protected layers whole, and what they cost with them', () => {
    // A quarter of all is half of the other layer.
    const changes = { sparsity: 0.25, protectedLayers: [1], recovery };
    const whole = obs(8) + obs(12);
    const ofStatistics = 2 * whole + (2 * whole + whole + obs(6) + obs(9));
    expect(hostMultiplications({ ...settings, ...changes }, problem)).toBeCloseTo(
      ofStatistics + firstRefit + lastRefit,
      6,
    );
  });

  it('leaves attention as it is where only neurons go', () => {
    // 1152 of 1920 parameters are in neurons.
    const changes: Partial<PruningSettings> = { prior: 'energy', sparsity: 0.3, units: ['ffnNeuron'], recovery };
    const fits = 2 * refit(9, 12) + 2 * refit(6, 12);
    expect(hostMultiplications({ ...settings, ...changes }, problem)).toBeCloseTo(2 * fits, 6);
  });
});
