import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { plannerProto } from '@bonsai/rpc';
import Database from 'libsql';
import type { JobState as StoredState } from './jobs/job.ts';
import { planDocument } from './plan/plan-document.ts';
import { PlannerFixture } from './testing/planner-fixture.ts';

const { JobState } = plannerProto;

/** Resolves when `count` masks have been evaluated; from then on the scorer answers nothing until released. */
function holdAfter(fixture: PlannerFixture, count: number): { reached: Promise<void>; release: () => void } {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => {
    fixture.scorer.beforeMask = async (evaluated) => {
      if (evaluated < count) return;
      resolve();
      await released;
    };
  });
  return { reached, release };
}

/** Resolves once a job asks what its memory would be, which is answered when it is released. */
function holdMemoryPlan(fixture: PlannerFixture): { reached: Promise<void>; release: () => void } {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => {
    fixture.scorer.beforeMemoryPlan = () => {
      resolve();
      return released;
    };
  });
  return { reached, release };
}

/** Results that an interrupted first run stored; what was on its way when it stopped is lost and not among them. */
function stored({ progress }: plannerProto.Job): number {
  return (progress?.masksDone ?? 0) - (progress?.evaluationsReused ?? 0);
}

/**
 * From the second mask on the store refuses to say how far a running job is. By then progress has been written once, at once, so
 * that what follows is written by a timer.
 */
function refuseProgress(storePath: string): void {
  const store = new Database(storePath);
  store.exec(`CREATE TRIGGER refuse BEFORE UPDATE ON jobs
    WHEN NEW.state = 'running' AND (SELECT count(*) FROM mask_losses) > 1
    BEGIN SELECT RAISE(ABORT, 'no progress today'); END`);
  store.close();
}

/** Leaves of a job that the planner had in this state when it stopped, or died, what nothing can read. */
function damageJob(storePath: string, id: string, state: StoredState): void {
  const store = new Database(storePath);
  store.prepare("UPDATE jobs SET spec = x'ffff', state = ? WHERE id = ?").run([state, id]);
  store.close();
}

describe('durability', () => {
  let fixture: PlannerFixture;

  beforeEach(async () => {
    fixture = new PlannerFixture();
    await fixture.start();
  });

  afterEach(() => fixture.stop());

  /** Makes a job, and starts the planner again once so many masks have been evaluated. */
  async function restartAfter(masks: number): Promise<void> {
    const { reached, release } = holdAfter(fixture, masks);
    await fixture.create(await fixture.spec(), 'job');
    await reached;
    await fixture.stopPlanner();
    release();
    await fixture.startPlanner();
  }

  /** What an undisturbed planner with a store of its own makes of the same spec. */
  async function undisturbed(): Promise<{ document: string; masks: number }> {
    const other = new PlannerFixture();
    await other.start();
    await other.create(await other.spec(), 'job');
    await other.finished('jobs/job');
    const document = planDocument(await other.plan('jobs/job'));
    await other.stop();
    return { document, masks: other.scorer.masksEvaluated };
  }

  it('stops promptly when cancelled and resumes to the same plan, evaluating nothing again', async () => {
    const { reached, release } = holdAfter(fixture, 12);
    await fixture.create(await fixture.spec(), 'job');
    await reached;
    const cancelled = await fixture.cancel('jobs/job');
    release();
    expect(cancelled.state).toBe(JobState.JOB_STATE_CANCELLED);
    expect(stored(cancelled)).toBeGreaterThan(0);
    const before = fixture.scorer.masksEvaluated;
    expect((await fixture.cancel('jobs/job')).state).toBe(JobState.JOB_STATE_CANCELLED);

    const resumed = await fixture.resume('jobs/job');
    expect(resumed.state).toBe(JobState.JOB_STATE_RUNNING);
    const done = await fixture.finished('jobs/job');
    expect(done.state).toBe(JobState.JOB_STATE_SUCCEEDED);
    const { document, masks } = await undisturbed();
    expect(planDocument(await fixture.plan('jobs/job'))).toBe(document);
    expect(fixture.scorer.masksEvaluated - before).toBe(masks - stored(cancelled));
  });

  it('finds jobs interrupted after a restart, with their progress, and resumes them', async () => {
    await restartAfter(12);
    const found = await fixture.get('jobs/job');
    expect(found.state).toBe(JobState.JOB_STATE_INTERRUPTED);
    expect(stored(found)).toBeGreaterThan(0);
    const before = fixture.scorer.masksEvaluated;
    await fixture.resume('jobs/job');
    await fixture.finished('jobs/job');
    const { document, masks } = await undisturbed();
    expect(planDocument(await fixture.plan('jobs/job'))).toBe(document);
    expect(fixture.scorer.masksEvaluated - before).toBe(masks - stored(found));
  });

  it('cancels a job that a restart interrupted', async () => {
    await restartAfter(5);
    expect((await fixture.cancel('jobs/job')).state).toBe(JobState.JOB_STATE_CANCELLED);
    expect((await fixture.get('jobs/job')).state).toBe(JobState.JOB_STATE_CANCELLED);
  });

  it('deletes no job that runs, and ends the watch of one that is stopped and deleted with how it ended', async () => {
    const { reached, release } = holdAfter(fixture, 5);
    await fixture.create(await fixture.spec(), 'job');
    const watched = fixture.finished('jobs/job');
    await reached;
    const refused = { code: 'FAILED_PRECONDITION', reason: 'JOB_STATE', field: 'name' };
    await expect(fixture.delete('jobs/job')).rejects.toMatchObject(refused);
    expect((await fixture.get('jobs/job')).state).toBe(JobState.JOB_STATE_RUNNING);
    await fixture.cancel('jobs/job');
    await fixture.delete('jobs/job');
    release();
    expect((await watched).state).toBe(JobState.JOB_STATE_CANCELLED);
    await expect(fixture.resume('jobs/job')).rejects.toMatchObject({ reason: 'JOB_NOT_FOUND' });
  });

  it('does not go on after a restart with a job that was deleted', async () => {
    await restartAfter(5);
    await fixture.delete('jobs/job');
    await fixture.stopPlanner();
    await fixture.startPlanner({ continueJobs: true });
    await expect(fixture.get('jobs/job')).rejects.toMatchObject({ reason: 'JOB_NOT_FOUND' });
  });

  it('takes no job any more once it shuts down, so that none is left running', async () => {
    const spec = await fixture.spec();
    const { reached, release } = holdMemoryPlan(fixture);
    const created = fixture.create(spec, 'late');
    await reached;
    const stopped = fixture.stopPlanner();
    release();
    await expect(created).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await stopped;
    await fixture.startPlanner();
    await expect(fixture.get('jobs/late')).rejects.toMatchObject({ reason: 'JOB_NOT_FOUND' });
  });

  it('does nothing twice for a job that is asked for twice at the same time', async () => {
    const { masks } = await undisturbed();
    let asked = 0;
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    fixture.scorer.beforeMemoryPlan = () => {
      if (++asked === 2) release();
      return released;
    };
    const spec = await fixture.spec();
    const jobs = await Promise.all([fixture.create(spec, 'job'), fixture.create(spec, 'job')]);
    expect(jobs.map(({ name }) => name)).toEqual(['jobs/job', 'jobs/job']);
    await fixture.finished('jobs/job');
    expect(fixture.scorer.masksEvaluated).toBe(masks);
  });

  it('does nothing twice for a job that is resumed while it runs', async () => {
    const { reached, release } = holdAfter(fixture, 5);
    await fixture.create(await fixture.spec(), 'job');
    await reached;
    for (let i = 0; i < 2; i++) {
      expect((await fixture.resume('jobs/job')).state).toBe(JobState.JOB_STATE_RUNNING);
    }
    release();
    expect((await fixture.finished('jobs/job')).state).toBe(JobState.JOB_STATE_SUCCEEDED);
    expect(fixture.scorer.masksEvaluated).toBe((await undisturbed()).masks);
  });

  it.each<[string, StoredState]>([
    ['stopped', 'interrupted'],
    ['died', 'running'],
  ])('names a job that a planner which %s left unreadable, and lets it be deleted', async (_, state) => {
    await restartAfter(5);
    await fixture.create(await fixture.spec({ seed: 2 }), 'other');
    await fixture.finished('jobs/other');
    await fixture.stopPlanner();
    damageJob(fixture.storePath, 'job', state);
    await expect(fixture.startPlanner({ continueJobs: true })).rejects.toMatchObject({ reason: 'STORE_FAILED' });
    await fixture.startPlanner();
    await expect(fixture.list({ pageSize: 0, pageToken: '' })).rejects.toThrow('job job cannot be read');
    await fixture.delete('jobs/job');
    expect((await fixture.list({ pageSize: 0, pageToken: '' })).jobs.map(({ name }) => name)).toEqual(['jobs/other']);
  });

  it('goes on by itself after a restart when told to', async () => {
    const { reached, release } = holdAfter(fixture, 5);
    await fixture.create(await fixture.spec(), 'job');
    await reached;
    await fixture.stopPlanner();
    release();
    await fixture.startPlanner({ continueJobs: true });
    expect((await fixture.finished('jobs/job')).state).toBe(JobState.JOB_STATE_SUCCEEDED);
  });

  it('goes on with the remaining masks when the scorer dies in the middle of a stream and comes back', async () => {
    let deaths = 0;
    fixture.scorer.beforeMask = async (evaluated) => {
      if (evaluated < 5 + 5 * deaths || deaths === 3) return;
      deaths++;
      await fixture.scorer.die();
      await fixture.scorer.start();
      throw new Error('this stream is dead');
    };
    await fixture.create(await fixture.spec(), 'job');
    const done = await fixture.finished('jobs/job');
    expect(done.error).toBeUndefined();
    expect(deaths).toBe(3);
    const { document, masks } = await undisturbed();
    expect(planDocument(await fixture.plan('jobs/job'))).toBe(document);
    expect(stored(done)).toBe(masks);
  });

  it('fails when the scorer stays away, and can be resumed', async () => {
    fixture.scorer.beforeMask = async (evaluated) => {
      if (evaluated < 10) return;
      await fixture.scorer.die();
      throw new Error('this stream is dead');
    };
    await fixture.create(await fixture.spec(), 'job');
    const failed = await fixture.finished('jobs/job');
    expect(failed.state).toBe(JobState.JOB_STATE_FAILED);
    expect(failed.error?.reason).toBe('SCORER_UNAVAILABLE');

    fixture.scorer.beforeMask = () => Promise.resolve();
    await fixture.scorer.start();
    await fixture.resume('jobs/job');
    const done = await fixture.finished('jobs/job');
    expect(done).toMatchObject({ state: JobState.JOB_STATE_SUCCEEDED, error: undefined });
    const { document } = await undisturbed();
    expect(planDocument(await fixture.plan('jobs/job'))).toBe(document);
  });

  it('outlives a store that takes no progress, of which it tells whoever runs the planner', async () => {
    await fixture.stopPlanner();
    let reportError: (error: unknown) => void = () => undefined;
    const reported = new Promise<unknown>((resolve) => (reportError = resolve));
    await fixture.startPlanner({ reportError });
    refuseProgress(fixture.storePath);
    fixture.scorer.beforeMask = async (evaluated) => {
      if (evaluated === 5) await reported;
    };
    await fixture.create(await fixture.spec(), 'job');
    expect((await fixture.finished('jobs/job')).error).toBeUndefined();
    await expect(reported).resolves.toMatchObject({ reason: 'STORE_FAILED' });
    expect((await fixture.get('jobs/job')).state).toBe(JobState.JOB_STATE_SUCCEEDED);
  });

  it('runs two jobs at once and lets a third wait', async () => {
    const { reached, release } = holdAfter(fixture, 0);
    await fixture.create(await fixture.spec({ seed: 1 }), 'one');
    await fixture.create(await fixture.spec({ seed: 2 }), 'two');
    await fixture.create(await fixture.spec({ seed: 3 }), 'three');
    await reached;
    expect((await fixture.get('jobs/three')).progress?.activity).toBe('waiting for a slot');
    expect((await fixture.cancel('jobs/three')).state).toBe(JobState.JOB_STATE_CANCELLED);
    expect((await fixture.get('jobs/three')).progress?.forwardTokens).toBe(0);
    release();
    expect((await fixture.finished('jobs/one')).state).toBe(JobState.JOB_STATE_SUCCEEDED);
    expect((await fixture.finished('jobs/two')).state).toBe(JobState.JOB_STATE_SUCCEEDED);
  });
});
