import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@bonsai/support';
import type { LossesRequest, PruningSettings } from '../contract/pruning-procedure.ts';
import { unitPrior } from '../prior/unit-prior.ts';
import { HierarchicalFit } from '../regression/hierarchical-fit.ts';
import { vagueBelief } from '../regression/slope-belief.ts';
import { selectWithinBudget } from '../selection/select-within-budget.ts';
import { driveProcedure, type MeasurableModel } from '../testing/drive-procedure.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { DEFAULT_UNITS } from '../units/pruned-units.ts';
import { emptySet, union, type UnitSet } from '../units/unit-set.ts';
import { createProcedure } from './create-procedure.ts';
import { MaskTrials } from './mask-trials.ts';
import { RoundSearch } from './round-search.ts';
import { finalistCount } from './second-look.ts';
import { maskLosses } from './window-loss.ts';

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

/** A first round of 40 masks, to its end, with what it asked about. */
function searched() {
  const synthetic = new SyntheticModel({ shape, seed: 5, windowNoise: 0 });
  const { units } = synthetic;
  const cut = emptySet(units);
  const guess = unitPrior('energy', units, synthetic.statistics(cut, false), cut, 0);
  const [belief, need] = [vagueBelief(units), 0.2 * units.totalCost];
  const trials = new MaskTrials({ units, cut, windows: [0], noise: (masks) => masks.map(() => 1), target: 'nll' });
  const search = new RoundSearch({
    ...{ round: 0, units, offered: DEFAULT_UNITS, cut, need, most: need, trials, guess, expected: guess },
    ...{ prior: guess, without: new Set(), belief, known: false, poolFactor: 3, masks: 40, finalists: 0 },
    finalWindows: [],
    select: ({ order }, size = need) => selectWithinBudget(units, order, size),
    randomOf: (index) => seededRandom(3, index),
  });
  const asked: (readonly UnitSet[])[] = [];
  const run = search.run();
  for (let step = run.next(); step.done !== true;) {
    const { masks, windows } = step.value as LossesRequest;
    asked.push(masks);
    step = run.next({ kind: 'losses', ...maskLosses(synthetic.losses(cut, masks, windows)) });
  }
  return { units, guess, belief, trials, search, asked };
}

describe('the search of a round', () => {
  it('takes no second look at masks where one window would be its only judge', () => {
    expect([2, 3, 4].map((windowCount) => finalistCount(settings, windowCount))).toEqual([0, 0, 4]);
  });

  it('chooses anew how much units differ once random masks are measured, and not again', () => {
    const { units, guess, belief, trials, search, asked } = searched();
    // The unmasked model comes with the probes; then random masks, and the cut by the prior.
    const [withProbes = [], random = [], priorCut = []] = asked;
    expect(priorCut).toHaveLength(1);
    const variancesOf = (count: number): unknown =>
      new HierarchicalFit(units, guess, belief, trials.observations().slice(0, count), { common: 1 }).variances;
    const probes = withProbes.length - 1;
    const chosen = variancesOf(probes + random.length + 1);
    expect(search.fit().variances).toEqual(chosen);
    expect(chosen).not.toEqual(variancesOf(probes));
  });

  it('draws random masks in pairs that have no unit in common', () => {
    const [, random = []] = searched().asked;
    const pairs = random.flatMap((mask, i) => (i % 2 === 1 ? [[random[i - 1] as UnitSet, mask] as const] : []));
    expect(pairs.length).toBeGreaterThan(2);
    for (const [one, other] of pairs) expect(one.some((member, id) => member === 1 && other[id] === 1)).toBe(false);
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
