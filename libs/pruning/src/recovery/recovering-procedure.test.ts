import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countWork } from '../plan/job-work.ts';
import { createProcedure } from '../procedure/create-procedure.ts';
import { defaultPrior } from '../contract/method-traits.ts';
import { PRUNING_METHODS } from '../contract/pruning-procedure.ts';
import type { PruningMethod, PruningRequest, PruningSettings, RecoverRequest } from '../contract/pruning-procedure.ts';
import { driveProcedure, replayProcedure, type Transcript } from '../testing/drive-procedure.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { RECOVERY_RIDGE, type RecoveryMethod, type RecoverySchedule } from '../contract/recovery.ts';
import { recoveryWindows, togetherTokens, trialTokens } from './recovery-windows.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

const model = new SyntheticModel({
  seed: 4,
  shape: {
    hiddenSize: 24,
    headDim: 4,
    queryHeadsPerGroup: 2,
    layers: Array.from({ length: 3 }, () => ({ kvGroups: 3, ffnNeurons: 48 })),
  },
});

const settings = SMALL_JOB;

function settingsOf(method: PruningMethod, schedule?: RecoverySchedule): PruningSettings {
  const chosen = { ...settings, method, prior: defaultPrior(method) };
  return schedule === undefined ? chosen : { ...chosen, recovery: { method: 'leastSquares', schedule } };
}

const run = (method: PruningMethod, schedule?: RecoverySchedule): Transcript =>
  driveProcedure(createProcedure(settingsOf(method, schedule), model), model);

/** What the method asked itself, not the recovery about the windows that it judges by. */
const ofMethod = ({ requests }: Transcript): PruningRequest[] => {
  const judges = requests.flatMap((request) => (request.kind === 'recover' ? [request.heldOut.join()] : []));
  return requests.filter(
    (request) => request.kind !== 'recover' && !('windows' in request && judges.includes(request.windows.join())),
  );
};

const recoveries = ({ requests }: Transcript): RecoverRequest[] =>
  requests.filter((request) => request.kind === 'recover');

describe('recovery in every round', () => {
  it('asks for one after each round, on the cut that the round ended with', () => {
    const transcript = run('bonsai', 'everyRound');
    const ends = transcript.requests.flatMap((request) => (request.kind === 'roundFinished' ? [request.cut] : []));
    expect(recoveries(transcript).map(({ cut }) => cut)).toEqual(ends);
    expect(ends).toHaveLength(3);
  });

  it('has everything of the next round measured on the recovered model, and of the first on the whole one', () => {
    const transcript = run('bonsai', 'everyRound');
    let modules: unknown;
    for (const request of ofMethod(transcript)) {
      if (request.kind === 'roundFinished') {
        modules = model.recover(request.cut).flatMap(({ accepted, module }) => (accepted ? [module] : []));
      } else if (request.kind !== 'recover') {
        expect(request.recovery?.modules).toEqual(modules);
        if (modules !== undefined) expect(request.recovery?.windows.length).toBeGreaterThan(0);
      }
    }
  });

  it('hands on the recovery of the final cut, which names what was accepted only', () => {
    const { recovery, cut } = run('bonsai', 'everyRound').outcome;
    expect(recovery?.trials).toEqual(model.recover(cut));
    expect(recovery?.modules.length).toBeGreaterThan(0);
    expect(recovery?.modules.every(({ kind }) => kind === 'ffn')).toBe(true);
  });

  it('counts what the recoveries of all rounds took', () => {
    const transcript = run('bonsai', 'everyRound');
    const fitted = { method: 'leastSquares', ...recoveryWindows(settings, model.windowTokens.length) } as const;
    const tokens = recoveries(transcript).map(
      ({ cut }) =>
        trialTokens(model.windowTokens, fitted, model.recover(cut).length) + togetherTokens(model.windowTokens, fitted),
    );
    expect(tokens).toHaveLength(3);
    expect(transcript.outcome.recovery?.forwardTokens).toBe(tokens.reduce((sum, each) => sum + each, 0));
  });

  it('is estimated for every block and the final norm', () => {
    const method = 'alignedLeastSquares';
    const fitted = { method, ...recoveryWindows(settings, model.windowTokens.length) } as const;
    const [without, aligned] = [undefined, { method, schedule: 'atEnd' } as const].map((recovery) => {
      const chosen = settingsOf('priorOnly');
      return countWork(recovery === undefined ? chosen : { ...chosen, recovery }, model).forwardTokens;
    }) as [number, number];
    const all = trialTokens(model.windowTokens, fitted, 2 * 3 + 1) + togetherTokens(model.windowTokens, fitted);
    expect(aligned - without).toBe(all);
  });

  it('is not asked for where constraints are priced, on cuts that were not recovered', () => {
    const priced = { ...settingsOf('bonsai', 'everyRound'), ffnAlignment: 8, protectedLayers: [1] };
    const { outcome, requests } = driveProcedure(createProcedure(priced, model), model);
    const behind = requests.slice(requests.findLastIndex(({ kind }) => kind === 'roundFinished'));
    const ofWholeModel = behind.filter((request) => 'windows' in request && !request.cut.includes(1));
    expect(ofWholeModel.map(({ kind }) => kind)).toEqual(['statistics', 'losses']);
    for (const request of ofWholeModel) expect(request).not.toHaveProperty('recovery');
    expect(outcome.recovery?.modules.length).toBeGreaterThan(0);
  });
});

describe('the ridge of a recovery', () => {
  it('is none for biases, which nothing is solved for', () => {
    const ridgeOf = (method: RecoveryMethod): (number | undefined)[] => {
      const chosen: PruningSettings = { ...settingsOf('priorOnly'), recovery: { method, schedule: 'atEnd' } };
      return recoveries(driveProcedure(createProcedure(chosen, model), model)).map(({ ridge }) => ridge);
    };
    expect(ridgeOf('bias')).toEqual([0]);
    expect(ridgeOf('leastSquares')).toEqual([RECOVERY_RIDGE]);
  });
});

describe.each(PRUNING_METHODS)('method %s', (method) => {
  it('is the same without recovery as with one at the end, but for that', () => {
    const without = run(method);
    const atEnd = run(method, 'atEnd');
    expect(recoveries(without)).toEqual([]);
    expect(without.requests.every((request) => !('recovery' in request))).toBe(true);
    expect(ofMethod(atEnd)).toEqual(without.requests);
    expect({ ...atEnd.outcome, recovery: undefined }).toEqual({ ...without.outcome, recovery: undefined });
    expect(recoveries(atEnd).map(({ cut }) => cut)).toEqual([without.outcome.cut]);
  });

  it('replays with recovery to the same outcome', () => {
    const { outcome, answers } = run(method, 'everyRound');
    const chosen = settingsOf(method, 'everyRound');
    expect(replayProcedure(createProcedure(chosen, model), answers).outcome).toEqual(outcome);
    const estimated = countWork(chosen, model).forwardTokens;
    const measured = outcome.rounds.reduce((sum, round) => sum + round.forwardTokens, 0);
    expect(measured + (outcome.recovery?.forwardTokens ?? NaN)).toBeLessThanOrEqual(estimated);
  });
});

describe('recoveryWindows', () => {
  it('deals all windows out to the two lists, at least one to each', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(1000), (count, seed) => {
        const { windows, heldOut } = recoveryWindows({ ...settings, seed }, count);
        expect([...windows, ...heldOut].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        expect(Math.min(windows.length, heldOut.length)).toBeGreaterThan(0);
        expect(heldOut.length).toBeLessThanOrEqual(16);
      }),
    );
  });

  it('leaves a text of one window to methods without recovery', () => {
    const recovery = { method: 'leastSquares', schedule: 'atEnd' } as const;
    const problem = { units: model.units, windowTokens: [64] };
    expect(() => createProcedure({ ...settings, windowsPerMask: 1, recovery }, problem)).toThrow(
      expect.objectContaining({ reason: 'TEXT_TOO_SHORT', field: 'calibration' }),
    );
  });
});
