import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  PlannerServiceClient,
  PlannerServiceService,
  connect,
  plannerProto,
  serverStreamHandler,
  startServer,
} from '@bonsai/rpc';
import type { PlannerServiceServer, RunningServer } from '@bonsai/rpc';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { followJob } from './follow-job.ts';

const { JOB_STATE_INTERRUPTED, JOB_STATE_RUNNING, JOB_STATE_SUCCEEDED } = plannerProto.JobState;

const response = (state: plannerProto.JobState): plannerProto.WatchJobResponse => ({
  job: plannerProto.Job.fromPartial({ name: 'jobs/job', state }),
});

describe('followJob', () => {
  const temporary = useTemporaryDirectory('test');
  let address: string;
  let client: PlannerServiceClient;
  const planners: RunningServer[] = [];

  beforeEach(() => {
    address = `unix:${temporary.path('planner.sock')}`;
    client = connect(PlannerServiceClient, address);
  });

  afterEach(async () => {
    client.close();
    for (const planner of planners.splice(0)) await planner.stop(0);
  });

  /** A planner that knows one call. */
  async function startPlanner(watch: () => AsyncIterable<plannerProto.WatchJobResponse>): Promise<RunningServer> {
    const environment = { now: Date.now, callEnded: (): void => undefined };
    const implementation = { watchJob: serverStreamHandler(environment, watch) } as unknown as PlannerServiceServer;
    const planner = await startServer(address, [
      { name: 'bonsai.v1.PlannerService', definition: PlannerServiceService, implementation },
    ]);
    planners.push(planner);
    return planner;
  }

  const startTelling = (...states: readonly plannerProto.JobState[]): Promise<RunningServer> =>
    startPlanner(async function* () {
      for (const state of states) yield await Promise.resolve(response(state));
    });

  it('goes on when the planner is back after it was gone', async () => {
    let again: Promise<RunningServer> | undefined;
    const first = await startPlanner(async function* () {
      yield response(JOB_STATE_RUNNING);
      await new Promise(() => undefined);
    });
    const job = await followJob(client, 'jobs/job', {}, () => {
      again ??= first.stop(0).then(() => startTelling(JOB_STATE_SUCCEEDED));
    });
    expect(job.state).toBe(JOB_STATE_SUCCEEDED);
  });

  it('goes on when the planner is back after it was stopped, which interrupts the job', async () => {
    let again: Promise<RunningServer> | undefined;
    const first = await startTelling(JOB_STATE_RUNNING, JOB_STATE_INTERRUPTED);
    const job = await followJob(client, 'jobs/job', {}, ({ state }) => {
      if (state !== JOB_STATE_INTERRUPTED) return;
      again ??= first.stop(0).then(() => startTelling(JOB_STATE_RUNNING, JOB_STATE_SUCCEEDED));
    });
    expect(job.state).toBe(JOB_STATE_SUCCEEDED);
  });

  it('says of a job that the planner leaves interrupted how it goes on', async () => {
    await startTelling(JOB_STATE_INTERRUPTED);
    await expect(followJob(client, 'jobs/job', {}, () => undefined)).rejects.toMatchObject({
      reason: 'JOB_STATE',
      field: 'jobs/job',
      message: expect.stringContaining('bonsai jobs resume job'),
    });
  });

  it('tells at once of a planner that was never there', async () => {
    await expect(followJob(client, 'jobs/job', {}, () => undefined)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
