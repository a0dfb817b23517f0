import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { plannerProto } from '@bonsai/rpc';
import { PlannerFixture } from './testing/planner-fixture.ts';

const { JobState } = plannerProto;

/** Never settles, like a GPU that hangs. */
const hang = (): Promise<void> => new Promise(() => undefined);

describe('a scorer that takes calls and does not answer', () => {
  let fixture: PlannerFixture;

  beforeEach(async () => {
    fixture = new PlannerFixture();
    await fixture.start({ scorerSilenceMilliseconds: 2000 });
  });

  afterEach(() => fixture.stop());

  it.each<[string, (fixture: PlannerFixture) => void]>([
    ['statistics', ({ scorer }) => (scorer.beforeStatistics = hang)],
    ['masks', ({ scorer }) => (scorer.beforeMask = hang)],
    [
      'masks in the middle of a stream',
      ({ scorer }) => (scorer.beforeMask = (n) => (n < 5 ? Promise.resolve() : hang())),
    ],
  ])('fails the job that waits for %s, which can be resumed', async (_, breakIt) => {
    breakIt(fixture);
    await fixture.create(await fixture.spec(), 'job');
    const failed = await fixture.finished('jobs/job');
    expect(failed.state).toBe(JobState.JOB_STATE_FAILED);
    expect(failed.error?.reason).toBe('SCORER_UNAVAILABLE');
    expect(failed.error?.message).toContain('--scorer-silence');

    fixture.scorer.beforeStatistics = () => Promise.resolve();
    fixture.scorer.beforeMask = () => Promise.resolve();
    await fixture.resume('jobs/job');
    expect((await fixture.finished('jobs/job')).state).toBe(JobState.JOB_STATE_SUCCEEDED);
  });

  it('is asked again, and what it says too late does no harm', async () => {
    let asked = 0;
    let answerTheFirst = (): void => undefined;
    fixture.scorer.beforeMask = async () => {
      asked++;
      if (asked === 1) await new Promise<void>((resolve) => (answerTheFirst = resolve));
      else answerTheFirst();
    };
    await fixture.create(await fixture.spec(), 'job');
    const done = await fixture.finished('jobs/job');
    expect(done.error).toBeUndefined();
    const { masksDone = 0, evaluationsReused = 0 } = done.progress ?? {};
    expect(asked).toBe(masksDone - evaluationsReused + 1);
  });
});
