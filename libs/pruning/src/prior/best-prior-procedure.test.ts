import { describe, expect, it } from '@jest/globals';
import { countWork } from '../plan/job-work.ts';
import { createProcedure } from '../procedure/create-procedure.ts';
import { defaultPrior } from '../contract/method-traits.ts';
import type { LossesRequest, PriorKind, PruningSettings } from '../contract/pruning-procedure.ts';
import { driveProcedure, replayProcedure, type Transcript } from '../testing/drive-procedure.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { costOf, type UnitSet } from '../units/unit-set.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

const layer = { kvGroups: 3, ffnNeurons: 48 };
const shape = { hiddenSize: 24, headDim: 4, queryHeadsPerGroup: 2, layers: [layer, layer, layer] };

/** The residual energies differ so much that the priors cut differently, and a number of units decides which cut is better. */
class Contest extends SyntheticModel {
  readonly #best: PriorKind;

  constructor(best: PriorKind) {
    super({ seed: 4, shape });
    this.#best = best;
  }

  override statistics(cut: UnitSet, obs: boolean): ReturnType<SyntheticModel['statistics']> {
    return super.statistics(cut, obs).map((statistics) => {
      const { kvGroups } = statistics;
      const obsEnergy = kvGroups.obsEnergy?.map((value) => 1000 * value);
      return { ...statistics, kvGroups: { ...kvGroups, obsEnergy } };
    });
  }

  /** Cuts by `obs` leave attention alone here. */
  override damage(removed: UnitSet): number {
    const isByObs = this.units.modules.every(
      ({ kind, start, count }) => kind !== 'kvGroup' || !removed.slice(start, start + count).includes(1),
    );
    return isByObs === (this.#best === 'obs') ? 0.1 : 0.5;
  }
}

const settings: PruningSettings = {
  ...SMALL_JOB,
  method: 'priorOnly',
  prior: 'best',
  sparsity: 0.3,
  recovery: { method: 'alignedLeastSquares', schedule: 'everyRound' },
};

const run = (model: SyntheticModel, changes: Partial<PruningSettings> = {}): Transcript =>
  driveProcedure(createProcedure({ ...settings, ...changes }, model), model);

const trialsOf = ({ requests }: Transcript): LossesRequest[] =>
  requests.slice(1, 3).filter((request) => request.kind === 'losses');

describe('the prior best', () => {
  it.each(['obs', 'energy'] as const)('is %s where its cut of full size, recovered, leaves the lower loss', (best) => {
    const model = new Contest(best);
    const transcript = run(model);
    const { priorRace, ...outcome } = transcript.outcome;
    const { trials = [], forwardTokens = NaN } = priorRace ?? {};
    expect(trials.map(({ prior }) => prior)).toEqual(['obs', 'energy']);
    const loss = (prior: PriorKind): number => trials.find((trial) => trial.prior === prior)?.loss ?? NaN;
    expect(loss(best)).toBeLessThan(loss(best === 'obs' ? 'energy' : 'obs'));
    expect(forwardTokens).toBe(101 * (32 + 2 * (4 * 35 + 5)));

    const named = run(model, { prior: best });
    expect(outcome).toEqual({ ...named.outcome, priorRace: undefined });
    expect(transcript.requests.slice(3)).toEqual(named.requests);
  });

  it('measures both cuts on the windows that judge recoveries, with every module recovered', () => {
    const model = new Contest('obs');
    const transcript = run(model);
    const trials = trialsOf(transcript);
    const recovered = transcript.requests.find((request) => request.kind === 'recover');
    expect(trials).toHaveLength(2);
    for (const { cut, masks, windows, recovery } of trials) {
      expect(costOf(model.units, cut)).toBeGreaterThan(0.27 * model.units.totalCost);
      expect(costOf(model.units, cut)).toBeLessThanOrEqual(0.3 * model.units.totalCost);
      expect(masks.map((mask) => mask.includes(1))).toEqual([false]);
      expect({ windows, fitted: recovery?.windows }).toEqual({
        windows: recovered?.heldOut,
        fitted: recovered?.windows,
      });
      expect(recovery?.modules).toHaveLength(7);
      expect(recovery?.modules.at(-1)).toEqual({ layer: 3, kind: 'finalNorm' });
    }
    expect(trials[0]?.cut).not.toEqual(trials[1]?.cut);
  });

  it('is not what gives no finite loss', () => {
    const model = new Contest('obs');
    const answers = run(model).answers.map((answer, i) =>
      i === 1 && answer.kind === 'losses' ? { ...answer, losses: [NaN] } : answer,
    );
    const { outcome, requests } = replayProcedure(createProcedure(settings, model), answers);
    expect(outcome.priorRace?.trials[0]?.loss).toBeNaN();
    // Of `energy`, where `obs` would have its own.
    expect(requests[3]).toMatchObject({ kind: 'statistics', statistics: ['activation'] });
  });

  it.each([{}, { protectedLayers: [1] }, { method: 'bonsai' }, { units: ['ffnNeuron'] }] as const)(
    'replays, within what was estimated: %j',
    (changes) => {
      const model = new Contest('energy');
      const { outcome, answers } = run(model, changes);
      const chosen = { ...settings, ...changes };
      expect(replayProcedure(createProcedure(chosen, model), answers).outcome).toEqual(outcome);
      const rounds = outcome.rounds.reduce((sum, round) => sum + round.forwardTokens, 0);
      const tokens = rounds + (outcome.recovery?.forwardTokens ?? NaN) + (outcome.priorRace?.forwardTokens ?? NaN);
      expect(tokens).toBeLessThanOrEqual(countWork(chosen, model).forwardTokens);
      expect(outcome.cut.some((member, id) => member === 1 && model.units.moduleOf(id).layer === 1)).toBe(
        !('protectedLayers' in changes),
      );
    },
  );

  const { recovery, ...unrecovered } = settings;
  it.each<[string, PruningSettings]>([
    ['without recovery', unrecovered],
    ['with biases', { ...settings, recovery: { method: 'bias', schedule: 'everyRound' } }],
    ['by a method without rounds', { ...settings, method: 'random' }],
  ])('is refused %s', (_, refused) => {
    expect(() => createProcedure(refused, new Contest('obs'))).toThrow(
      expect.objectContaining({ reason: 'SETTING_INVALID', field: 'settings.prior' }),
    );
  });

  it('is the default where least squares makes up for every round of a method that may choose', () => {
    expect(defaultPrior('priorOnly', recovery)).toBe('best');
    expect(defaultPrior('bonsai', recovery)).toBe('best');
    expect(defaultPrior('bonsai', { method: 'leastSquares', schedule: 'everyRound' })).toBe('best');
    expect(defaultPrior('bonsai')).toBe('energy');
    expect(defaultPrior('bonsai', { method: 'alignedLeastSquares', schedule: 'atEnd' })).toBe('energy');
    expect(defaultPrior('bonsai', { method: 'bias', schedule: 'everyRound' })).toBe('energy');
    expect(defaultPrior('random', recovery)).toBe('energy');
    expect([defaultPrior('paper', recovery), defaultPrior('flap', recovery)]).toEqual(['wanda', 'fluctuation']);
  });
});
