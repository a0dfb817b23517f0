import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { plannerProto } from '@bonsai/rpc';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { JobsClient } from './jobs-client.ts';
import { PlannerProcess, isAlive } from './planner-process.ts';

const { JobState } = plannerProto;

type Work = Pick<plannerProto.JobProgress, 'masksDone' | 'masksTotal' | 'evaluationsReused' | 'forwardTokens'>;

/** What a job got from scorers, and from its store instead. */
function workOf({ progress }: plannerProto.Job): Work {
  const { masksDone = 0, masksTotal = 0, evaluationsReused = 0, forwardTokens = 0 } = progress ?? {};
  return { masksDone, masksTotal, evaluationsReused, forwardTokens };
}

describe('kill -9 in the middle of a job', () => {
  const temporary = useTemporaryDirectory();
  const running: PlannerProcess[] = [];
  const clients: JobsClient[] = [];
  let undisturbed: string;
  let undisturbedWork: Work;

  async function start(store: string): Promise<{ planner: PlannerProcess; client: JobsClient }> {
    const address = `unix:${temporary.path(`${store}.sock`)}`;
    const planner = await PlannerProcess.start(address, temporary.path(`${store}.sqlite`));
    const client = await JobsClient.connect(planner.address);
    running.push(planner);
    clients.push(client);
    return { planner, client };
  }

  /** The first of two rounds is over: half of the work is stored, half needs a scorer. */
  const midJob = ({ progress }: plannerProto.Job): boolean => progress?.roundsDone === 1;

  beforeAll(async () => {
    const { planner, client } = await start('undisturbed');
    await client.create('job');
    const job = await client.finished('jobs/job');
    expect(job.error).toBeUndefined();
    undisturbedWork = workOf(job);
    undisturbed = await client.planDocument('jobs/job');
    // By their digest the plan vouches for the recovered weights too.
    expect(undisturbed).toMatch(/"weightsDigest":"[0-9a-f]{64}"/);
    client.close();
    expect(await planner.stop()).toBe(0);
  }, 120_000);

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const planner of running.splice(0)) await planner.stop();
  });

  it('the planner: the job resumes from its store to the same plan, and the scorer does not outlive it', async () => {
    const first = await start('planner');
    await first.client.create('job');
    const seen = await first.client.until('jobs/job', midJob);
    const [scorer] = first.planner.scorers;
    await first.planner.kill();

    const second = await start('planner');
    expect((await second.client.get('jobs/job')).state).toBe(JobState.JOB_STATE_INTERRUPTED);
    await second.client.resume('jobs/job');
    const { state, progress } = await second.client.finished('jobs/job');
    expect(state).toBe(JobState.JOB_STATE_SUCCEEDED);
    // Whatever was reported as done had been stored, so none of it was asked for again.
    expect(progress?.evaluationsReused).toBeGreaterThanOrEqual(seen.progress?.masksDone ?? Infinity);
    expect(await second.client.planDocument('jobs/job')).toBe(undisturbed);

    while (scorer !== undefined && isAlive(scorer)) await sleep(50);
    expect(scorer).toEqual(expect.any(Number));
  }, 180_000);

  it('the scorer: it is started again and the job goes on to the same plan', async () => {
    const { planner, client } = await start('scorer');
    await client.create('job');
    await client.until('jobs/job', midJob);
    const [scorer] = planner.scorers;
    expect(scorer).toEqual(expect.any(Number));
    if (scorer !== undefined) process.kill(scorer, 'SIGKILL');
    const job = await client.finished('jobs/job');
    expect(job).toMatchObject({ state: JobState.JOB_STATE_SUCCEEDED, error: undefined });
    expect(planner.scorers).toHaveLength(2);
    // What the first scorer had answered was not asked of the second: every evaluation was stored once.
    expect(workOf(job)).toEqual(undisturbedWork);
    expect(await client.planDocument('jobs/job')).toBe(undisturbed);
  }, 180_000);
});
