import { describe, expect, it } from '@jest/globals';
import type { LossesRequest, PruningSettings } from '../contract/pruning-procedure.ts';
import { driveProcedure, type MeasurableModel } from '../testing/drive-procedure.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { union, type UnitSet } from '../units/unit-set.ts';
import { createProcedure } from './create-procedure.ts';
import { finalistCount } from './round-search.ts';

const settings: PruningSettings = {
  ...{ method: 'bonsai', prior: 'energy', sparsity: 0.2, rounds: 2, masksPerRound: 40, windowsPerMask: 2 },
  ...{ seed: 3, poolFactor: 3 },
};
const shape = {
  ...{ hiddenSize: 8, headDim: 4, queryHeadsPerGroup: 1 },
  layers: [
    { kvGroups: 2, ffnNeurons: 20 },
    { kvGroups: 2, ffnNeurons: 20 },
  ],
};

const membersOf = (set: UnitSet): number[] => [...set.keys()].filter((id) => set[id] === 1);

/** What each round asks about losses, the first look at masks without the second. */
function roundsOf(synthetic: SyntheticModel, model: MeasurableModel): LossesRequest[][] {
  const { requests } = driveProcedure(createProcedure(settings, synthetic), model);
  const rounds: LossesRequest[][] = [[]];
  for (const request of requests) {
    if (request.kind === 'roundFinished') rounds.push([]);
    if (request.kind === 'losses') rounds.at(-1)?.push(request);
  }
  return rounds.slice(0, settings.rounds);
}

describe('the search of a round', () => {
  it('takes no second look at masks where one window would be its only judge', () => {
    expect([2, 3, 4].map((windowCount) => finalistCount(settings, windowCount))).toEqual([0, 0, 4]);
  });

  it('probes the weakest neurons of an FFN that seemed better gone', () => {
    const synthetic = new SyntheticModel({ shape, seed: 5, windowNoise: 0 });
    const { start, count } = synthetic.units.module(1, 'ffnNeuron');
    const inFfn = (id: number): boolean => id >= start && id < start + count;
    const model: MeasurableModel = {
      statistics: (cut, obs) => synthetic.statistics(cut, obs),
      losses: (cut, masks, windows) =>
        masks.map((mask) => {
          const gone = union(cut, mask);
          const gain = membersOf(gone).filter(inFfn).length / 100;
          return windows.map(() => ({
            nllSum: 2 + synthetic.damage(gone.map((m, id) => (inFfn(id) ? 0 : m))) - gain,
            tokenCount: 1,
          }));
        }),
    };
    const [{ masks, cut }] = roundsOf(synthetic, model)[1] as [LossesRequest];
    const probed = masks.map(membersOf).find((ids) => ids.length > 0 && ids.every(inFfn)) ?? [];
    const energies = synthetic.statistics(cut, false)[1]?.ffnNeurons.outputEnergy ?? new Float64Array();
    const left = [...energies.keys()].filter((i) => cut[start + i] === 0);
    left.sort((a, b) => (energies[a] as number) - (energies[b] as number));
    expect(probed.length).toBeGreaterThan(0);
    expect(probed.map((id) => id - start)).toEqual(left.slice(0, probed.length).sort((a, b) => a - b));
  });
});
