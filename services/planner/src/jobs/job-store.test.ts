import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { makeCalibration } from '../calibration/calibration.ts';
import { CalibrationStore } from '../calibration/calibration-store.ts';
import { StoreDatabase } from '../store/database.ts';
import { SYNTHETIC_REVISION, SYNTHETIC_SHAPE, SYNTHETIC_SIZES } from '../testing/synthetic-model.ts';
import { DEFAULT_SETTINGS } from './job-settings.ts';
import type { Job } from './job.ts';
import { JobStore } from './job-store.ts';
import { noProgress } from './progress-tracker.ts';

const calibration = makeCalibration([Uint32Array.of(1, 2, 3)]);

function makeJob(id: string): Job {
  return {
    id,
    requestDigest: id,
    spec: {
      model: { path: 'synthetic', revision: SYNTHETIC_REVISION },
      calibration: calibration.digest,
      metricService: undefined,
      settings: { ...DEFAULT_SETTINGS, sparsity: 0.3 },
    },
    model: { revision: SYNTHETIC_REVISION, family: 'llama', shape: SYNTHETIC_SHAPE, ...SYNTHETIC_SIZES },
    state: 'running',
    createdAt: 1,
    updatedAt: 2,
    progress: noProgress({ roundsTotal: 1, masksTotal: 2, forwardTokensTotal: 3 }),
    failure: undefined,
  };
}

/** As much of a plan as the store looks into, of a version that this program does not read. */
const planWith = (recovery: object | undefined): string => JSON.stringify({ schemaVersion: 999, recovery });

const temporary = useTemporaryDirectory('test');

describe('JobStore', () => {
  let database: StoreDatabase;
  let jobs: JobStore;

  beforeEach(() => {
    database = new StoreDatabase(temporary.path('planner.sqlite'));
    new CalibrationStore(database).add(calibration);
    jobs = new JobStore(database);
  });

  afterEach(() => {
    database.close();
  });

  function finish(id: string, document: string): void {
    jobs.add(makeJob(id));
    jobs.finish({ ...makeJob(id), state: 'succeeded' }, document);
  }

  it('deletes a job with its plan, and leaves other jobs and the text that they share', () => {
    for (const id of ['one', 'two']) finish(id, planWith(undefined));
    jobs.delete('one');
    expect(jobs.find('one')).toBeUndefined();
    expect(jobs.planDocument('one')).toBeUndefined();
    expect(jobs.get('two').state).toBe('succeeded');
    expect(jobs.planDocument('two')).toBe(planWith(undefined));
    expect(new CalibrationStore(database).get(calibration.digest)).toEqual(calibration);
    expect(() => jobs.delete('one')).toThrow(expect.objectContaining({ reason: 'JOB_NOT_FOUND' }));
  });

  it('finds interrupted, and at rest, what a planner left running', () => {
    const { progress, ...job } = makeJob('left');
    jobs.add({
      ...job,
      progress: { ...progress, masksDone: 1, etaSeconds: 5, activity: 'recovery tried in 3 blocks' },
    });
    finish('done', planWith(undefined));
    jobs.interruptRunning(7);
    const left = { state: 'interrupted', updatedAt: 7, progress: { masksDone: 1, etaSeconds: 0, activity: '' } };
    expect(jobs.interrupted()).toEqual([expect.objectContaining({ id: 'left' })]);
    expect(jobs.get('left')).toMatchObject(left);
    expect(jobs.get('done')).toMatchObject({ state: 'succeeded', updatedAt: 2 });
  });

  it('gives the id of a deleted job to another, which has no plan', () => {
    finish('one', planWith(undefined));
    jobs.delete('one');
    expect(jobs.add(makeJob('one'))).toBe(true);
    expect(jobs.planDocument('one')).toBeUndefined();
  });

  it('tells weights of one plan from those that plans share', () => {
    finish('own', planWith({ weightsDigest: 'a'.repeat(64) }));
    for (const id of ['first', 'second']) finish(id, planWith({ weightsDigest: 'b'.repeat(64) }));
    finish('nothing-kept', planWith({}));
    finish('none', planWith(undefined));
    jobs.add(makeJob('unfinished'));
    expect(jobs.ownWeights('own')).toBe('a'.repeat(64));
    for (const id of ['first', 'nothing-kept', 'none', 'unfinished']) expect(jobs.ownWeights(id)).toBeUndefined();
    jobs.delete('first');
    expect(jobs.ownWeights('second')).toBe('b'.repeat(64));
  });
});
