import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PlannerFixture } from './testing/planner-fixture.ts';

describe('the log of jobs', () => {
  let fixture: PlannerFixture;
  let lines: unknown[];

  beforeEach(async () => {
    fixture = new PlannerFixture();
    lines = [];
    await fixture.start({ log: (level, event, fields) => lines.push({ level, event, ...fields }) });
  });

  afterEach(() => fixture.stop());

  it('tells that a job started, and how it ended', async () => {
    await fixture.create(await fixture.spec(), 'job');
    await fixture.finished('jobs/job');
    await fixture.stopPlanner();
    expect(lines).toEqual([
      { level: 'info', event: 'job started', job: 'job' },
      { level: 'info', event: 'job ended', job: 'job', state: 'succeeded' },
    ]);
  });

  it('tells why a job failed, and of every attempt before that', async () => {
    fixture.scorer.beforeMask = async () => {
      await fixture.scorer.die();
      throw new Error('this stream is dead');
    };
    await fixture.create(await fixture.spec(), 'job');
    const { error } = await fixture.finished('jobs/job');
    await fixture.stopPlanner();
    expect(lines).toEqual([
      { level: 'info', event: 'job started', job: 'job' },
      expect.objectContaining({ level: 'warn', event: 'service gone', job: 'job', attempt: 1 }),
      expect.objectContaining({ level: 'warn', event: 'service gone', job: 'job', attempt: 2 }),
      { level: 'error', event: 'job ended', job: 'job', state: 'failed', ...error },
    ]);
  });
});
