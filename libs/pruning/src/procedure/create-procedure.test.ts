import { describe, expect, it } from '@jest/globals';
import { BonsaiError } from '@bonsai/support';
import fc from 'fast-check';
import { countWork } from '../plan/job-work.ts';
import { driveProcedure, replayProcedure, type MeasurableModel } from '../testing/drive-procedure.ts';
import { grainOf, modelShapes } from '../testing/random-shapes.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { costOf } from '../units/unit-set.ts';
import { createProcedure } from './create-procedure.ts';
import { defaultPrior, methodTraits } from '../contract/method-traits.ts';
import { INGREDIENTS, PRUNING_METHODS } from '../contract/pruning-procedure.ts';
import { finalistCount } from './second-look.ts';
import type { PruningMethod, PruningOutcome, PruningSettings } from '../contract/pruning-procedure.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

const settingsOf = (method: PruningMethod): PruningSettings => ({ ...settings, method, prior: defaultPrior(method) });

const settings = SMALL_JOB;

const grouped = new SyntheticModel({
  seed: 4,
  shape: {
    hiddenSize: 24,
    headDim: 4,
    queryHeadsPerGroup: 2,
    layers: [
      { kvGroups: 3, ffnNeurons: 48 },
      { kvGroups: 3, ffnNeurons: 40 },
    ],
  },
});

describe.each(PRUNING_METHODS)('method %s', (method) => {
  const { removesBlocks, samplesMasks, fixedPrior, usesPrior } = methodTraits(method);
  const run = (options: Partial<PruningSettings> = {}) =>
    driveProcedure(createProcedure({ ...settingsOf(method), ...options }, grouped), grouped);

  it('removes the target to within one unit, or as many blocks as fit, for any shape and sparsity', () => {
    fc.assert(
      fc.property(
        modelShapes,
        fc.double({ min: 0.02, max: 0.98, noNaN: true }),
        fc.nat(99),
        (shape, sparsity, seed) => {
          const model = new SyntheticModel({ shape, seed, windowCount: 4 });
          const chosen: PruningSettings = { ...settingsOf(method), sparsity, seed, rounds: 2, masksPerRound: 8 };
          let cut;
          try {
            cut = driveProcedure(createProcedure(chosen, model), model).outcome.cut;
          } catch (error) {
            // What is refused does not count as a case.
            fc.pre(!(error instanceof BonsaiError && error.code === 'INVALID_ARGUMENT'));
            throw error;
          }
          const gap = sparsity * model.units.totalCost - costOf(model.units, cut);
          expect(gap).toBeGreaterThanOrEqual(-1e-6);
          if (!removesBlocks) expect(gap).toBeLessThan(grainOf(model.units));
          expect(cut).toContain(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('repeats itself, and goes the same way on stored answers alone', () => {
    const first = run();
    expect(run()).toEqual(first);
    const replayed = replayProcedure(createProcedure(settingsOf(method), grouped), first.answers);
    expect(replayed).toEqual(first);
  });

  it('depends on the seed', () => {
    // The others' only use of the seed is the choice of windows for their statistics, which this model ignores.
    const differs = samplesMasks || method === 'random';
    const decision = ({ cut, importance }: PruningOutcome): string => `${cut.join()} ${importance.join()}`;
    expect(decision(run({ seed: 8 }).outcome) !== decision(run().outcome)).toBe(differs);
  });

  it('spends exactly the forward tokens that were estimated, a search of blocks or among distinct finalists no more', () => {
    const { outcome } = run();
    const estimate = countWork(settingsOf(method), grouped);
    expect(outcome.rounds).toHaveLength(estimate.rounds);
    const tokens = outcome.rounds.reduce((sum, { forwardTokens }) => sum + forwardTokens, 0);
    const masks = outcome.rounds.reduce((sum, round) => sum + round.masks, 0);
    expect(tokens).toBeLessThanOrEqual(estimate.forwardTokens);
    if (method === 'blockPruner') return;
    const { windowsPerMask, rounds } = settings;
    const ofFinalists = method === 'bonsai' ? rounds * finalistCount(settings, grouped.windowTokens.length) : 0;
    const mostTokens = Math.max(...grouped.windowTokens);
    expect(masks).toBeGreaterThanOrEqual(estimate.masks - ofFinalists);
    expect(tokens).toBeGreaterThanOrEqual(estimate.forwardTokens - ofFinalists * windowsPerMask * mostTokens);
  });

  it('asks about masks of units that are still there, on the windows that it counts', () => {
    const { requests, outcome } = run();
    let tokens = 0;
    for (const request of requests) {
      if (request.kind === 'roundFinished') continue;
      const passes = request.kind === 'losses' ? request.masks.length : 1;
      tokens += passes * request.windows.reduce((sum, index) => sum + (grouped.windowTokens[index] ?? NaN), 0);
      if (request.kind !== 'losses') continue;
      for (const mask of request.masks)
        expect(mask.some((member, id) => member + (request.cut[id] ?? 2) > 1)).toBe(false);
    }
    expect(tokens).toBe(outcome.rounds.reduce((sum, { forwardTokens }) => sum + forwardTokens, 0));
  });

  it('reports what every round removed', () => {
    const { outcome, requests } = run();
    const removed = outcome.rounds.reduce((sum, { removedParameters }) => sum + removedParameters, 0);
    expect(removed).toBe(costOf(grouped.units, outcome.cut));
    const reports = requests.flatMap((request) => (request.kind === 'roundFinished' ? [request] : []));
    expect(reports.map(({ evidence }) => evidence)).toEqual(outcome.rounds);
    expect(reports.at(-1)?.cut).toEqual(outcome.cut);
  });

  it.each(['magnitude', 'wanda', 'fluctuation', 'energy', 'obs', 'random'] as const)(
    'runs with the prior %s, unless it is defined by another or uses none',
    (prior) => {
      const pruned = (): number => costOf(grouped.units, run({ prior, rounds: 1 }).outcome.cut);
      const refuses = (fixedPrior || !usesPrior) && prior !== defaultPrior(method);
      if (refuses) expect(pruned).toThrow(/leave the prior out/);
      else expect(pruned()).toBeGreaterThan(0);
    },
  );
});

describe.each(INGREDIENTS)('bonsai without %s', (ingredient) => {
  const chosen: PruningSettings = { ...settings, masksPerRound: 24, without: [ingredient] };

  it('cuts otherwise, at the cost that was estimated', () => {
    const { outcome } = driveProcedure(createProcedure(chosen, grouped), grouped);
    const whole = driveProcedure(createProcedure({ ...chosen, without: [] }, grouped), grouped);
    expect(outcome).not.toEqual(whole.outcome);
    const tokens = outcome.rounds.reduce((sum, { forwardTokens }) => sum + forwardTokens, 0);
    const estimate = countWork(chosen, grouped).forwardTokens;
    expect(tokens).toBeLessThanOrEqual(estimate);
    expect(estimate).toBe(countWork({ ...chosen, without: [] }, grouped).forwardTokens);
  });
});

describe('windows', () => {
  it('of statistics that are collected once are all that there are, and counted', () => {
    const all = [...grouped.windowTokens.keys()];
    for (const method of ['magnitude', 'wandaSp', 'flap', 'shortGpt'] as const) {
      const chosen = settingsOf(method);
      const { outcome, requests } = driveProcedure(createProcedure(chosen, grouped), grouped);
      const collected = requests.filter(({ kind }) => kind === 'statistics');
      for (const request of collected) expect(request).toMatchObject({ windows: all });
      const { forwardTokens } = countWork(chosen, grouped);
      expect(outcome.rounds.map((round) => round.forwardTokens)).toEqual([forwardTokens]);
    }
  });

  const windowsOf = (method: PruningMethod): string[] => {
    const { requests } = driveProcedure(createProcedure({ ...settings, method }, grouped), grouped);
    return [...new Set(requests.flatMap((request) => (request.kind === 'losses' ? [request.windows.join()] : [])))];
  };

  it('are the same for all masks of a round and others in the next', () => {
    // One set of windows for all masks of a round, one for its finalists.
    expect(windowsOf('bonsai')).toHaveLength(2 * settings.rounds);
  });

  it('never change in the published scheme', () => {
    expect(windowsOf('paper')).toEqual(['0,1,2']);
  });
});

describe('a model that breaks', () => {
  it('goes on when masks have no finite loss, and does not cut them', () => {
    const fragile: MeasurableModel = {
      statistics: (cut, obs) => grouped.statistics(cut, obs),
      losses: (cut, masks, windows) =>
        grouped
          .losses(cut, masks, windows)
          .map((losses, i) =>
            masks[i]?.[0] === 1 ? losses.map(({ tokenCount }) => ({ nllSum: Infinity, tokenCount })) : losses,
          ),
    };
    const { outcome } = driveProcedure(createProcedure({ ...settings, masksPerRound: 30 }, grouped), fragile);
    expect(outcome.cut[0]).toBe(0);
    expect(outcome.rounds.every(({ looR2 }) => Number.isFinite(looR2))).toBe(true);
  });

  it.each(['bonsai', 'paper', 'paperLocal', 'blockPruner'] as const)(
    'makes %s fail where no mask leaves it a finite loss, in the last round too',
    (method) => {
      const exploding: MeasurableModel = {
        statistics: (cut, obs) => grouped.statistics(cut, obs),
        losses: (_, masks, windows) =>
          masks.map((mask) => windows.map(() => ({ nllSum: mask.includes(1) ? NaN : 1, tokenCount: 1 }))),
      };
      const procedure = createProcedure({ ...settingsOf(method), rounds: 1 }, grouped);
      expect(() => driveProcedure(procedure, exploding)).toThrow(
        expect.objectContaining({ code: 'FAILED_PRECONDITION', reason: 'TENSOR_NOT_FINITE' }),
      );
    },
  );

  it('is refused when it has no finite loss before any mask', () => {
    const procedure = createProcedure({ ...settings, prior: 'random' }, grouped);
    const request = procedure.next();
    if (request.done === true || request.value.kind !== 'losses') throw new Error('expected a question for losses');
    const losses = request.value.masks.map(() => NaN);
    expect(() => procedure.next({ kind: 'losses', losses })).toThrow(/no finite loss/);
  });

  it('is refused when answers do not fit the question', () => {
    const procedure = createProcedure(settings, grouped);
    procedure.next();
    expect(() => procedure.next({ kind: 'noted' })).toThrow(BonsaiError);
  });
});

describe('a loss that no mask changes', () => {
  it('leaves the fit with the order of the prior, and the cut is that of the prior', () => {
    const indifferent: MeasurableModel = {
      statistics: (cut, obs) => grouped.statistics(cut, obs),
      losses: (_, masks, windows) => masks.map(() => windows.map(() => ({ nllSum: 110, tokenCount: 100 }))),
    };
    const cutOf = (change: Partial<PruningSettings>) =>
      driveProcedure(createProcedure({ ...settings, rounds: 1, ...change }, grouped), indifferent).outcome.cut;
    const ofPrior = cutOf({ method: 'priorOnly' });
    expect(cutOf({})).toEqual(ofPrior);
    expect(cutOf({ without: ['measuredCut'] })).toEqual(ofPrior);
  });
});
