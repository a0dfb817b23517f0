import { describe, expect, it } from '@jest/globals';
import type { Job, JobState } from './job.ts';
import { JobFeed } from './job-feed.ts';

const job = (state: JobState): Job => ({ id: 'job', state }) as Job;

describe('JobFeed', () => {
  it('repeats a job that does not change where its timer says, and stops the timer at the end', async () => {
    let tick = (): void => undefined;
    let stopped = false;
    const feed = new JobFeed((each) => {
      tick = each;
      return () => (stopped = true);
    });
    let now = job('running');
    const watched = feed.watch('job', () => now, new AbortController().signal);
    expect((await watched.next()).value).toBe(now);
    const repeated = watched.next();
    tick();
    expect((await repeated).value).toBe(now);
    const last = watched.next();
    now = job('succeeded');
    feed.publish(now);
    expect((await last).value).toBe(now);
    expect(stopped).toBe(false);
    expect((await watched.next()).done).toBe(true);
    expect(stopped).toBe(true);
  });
});
