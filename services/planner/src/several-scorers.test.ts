import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { plannerProto, recoveryProto } from '@bonsai/rpc';
import { planDocument } from './plan/plan-document.ts';
import { PlannerFixture } from './testing/planner-fixture.ts';
import { SyntheticScorer } from './testing/synthetic-scorer.ts';

const { JobState } = plannerProto;

const recoveryMethod = recoveryProto.RecoveryMethod.RECOVERY_METHOD_LEAST_SQUARES;

describe('several scorers behind one address', () => {
  let fixture: PlannerFixture;
  let scorers: SyntheticScorer[];

  beforeEach(async () => {
    fixture = new PlannerFixture();
    scorers = Array.from({ length: 3 }, () => new SyntheticScorer('127.0.0.1:0'));
    await Promise.all(scorers.map((scorer) => scorer.start()));
  });

  afterEach(async () => {
    await fixture.stop();
    await Promise.all(scorers.map((scorer) => scorer.die()));
  });

  const startPlanner = (scorersPerJob: number): Promise<void> =>
    fixture.startPlanner({ scorers: `ipv4:${scorers.map(({ address }) => address).join()}`, scorersPerJob });

  /** What a planner with one scorer makes of the same job, and the masks that it takes. */
  async function alone(): Promise<{ document: string; masks: number }> {
    const other = new PlannerFixture();
    await other.start();
    await other.create(await other.spec(), 'job');
    await other.finished('jobs/job');
    const document = planDocument(await other.plan('jobs/job'));
    await other.stop();
    return { document, masks: other.scorer.masksEvaluated };
  }

  /** Scorers that have worked, by position. */
  const busy = (count: (scorer: SyntheticScorer) => number): number[] =>
    scorers.flatMap((scorer, i) => (count(scorer) > 0 ? [i] : []));

  it('keep a job with one of them, and take jobs in turn', async () => {
    await startPlanner(1);
    const workers: (number | undefined)[] = [];
    for (const seed of [1, 2, 3]) {
      const before = scorers.map(({ masksEvaluated }) => masksEvaluated);
      const { name } = await fixture.create(await fixture.spec({ seed, recoveryMethod }));
      expect((await fixture.finished(name)).error).toBeUndefined();
      const [worker, ...others] = busy((scorer) => scorer.masksEvaluated - (before[scorers.indexOf(scorer)] ?? 0));
      expect(others).toEqual([]);
      workers.push(worker);
    }
    expect(workers.sort()).toEqual([0, 1, 2]);
    expect(busy(({ statisticsCollected }) => statisticsCollected)).toEqual([0, 1, 2]);
  });

  it('share the masks of a job among as many as it may use, which ends in the same plan', async () => {
    await startPlanner(3);
    await fixture.create(await fixture.spec(), 'job');
    expect((await fixture.finished('jobs/job')).error).toBeUndefined();
    expect(busy(({ masksEvaluated }) => masksEvaluated)).toEqual([0, 1, 2]);
    const { document, masks } = await alone();
    expect(planDocument(await fixture.plan('jobs/job'))).toBe(document);
    expect(scorers.reduce((sum, { masksEvaluated }) => sum + masksEvaluated, 0)).toBe(masks);
  });

  it('do not share the masks of a recovered model, which each would have to recover first', async () => {
    await startPlanner(3);
    await fixture.create(await fixture.spec({ recoveryMethod }), 'job');
    expect((await fixture.finished('jobs/job')).error).toBeUndefined();
    for (const scorer of scorers) expect(scorer.recoveredMasks > 0).toBe(scorer.recoveries > 0);
    expect(busy(({ recoveries }) => recoveries)).toHaveLength(1);
  });

  it.each([1, 3])('go on without one that disappears in the midst of its masks, %d per job', async (scorersPerJob) => {
    await startPlanner(scorersPerJob);
    let dead: SyntheticScorer | undefined;
    for (const scorer of scorers) {
      scorer.beforeMask = async (evaluated) => {
        if (evaluated < 3 || (dead !== undefined && dead !== scorer)) return;
        dead = scorer;
        await scorer.die();
        throw new Error('this stream is dead');
      };
    }
    await fixture.create(await fixture.spec(), 'job');
    const done = await fixture.finished('jobs/job');
    expect(done).toMatchObject({ state: JobState.JOB_STATE_SUCCEEDED, error: undefined });
    expect(dead).toBeDefined();
    expect(planDocument(await fixture.plan('jobs/job'))).toBe((await alone()).document);
  });
});
