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

const { JOB_STATE_RUNNING, JOB_STATE_SUCCEEDED } = plannerProto.JobState;

const response = (state: plannerProto.JobState): plannerProto.WatchJobResponse => ({
  job: plannerProto.Job.fromPartial({ name: 'jobs/job', state }),
});

describe('followJob', () => {
  const temporary = useTemporaryDirectory('test');
  let address: string;
  let client: PlannerServiceClient;

  beforeEach(() => {
    address = `unix:${temporary.path('planner.sock')}`;
    client = connect(PlannerServiceClient, address);
  });

  afterEach(() => {
    client.close();
  });

  /** A planner that knows one call. */
  function startPlanner(watch: () => AsyncIterable<plannerProto.WatchJobResponse>): Promise<RunningServer> {
    const environment = { now: Date.now, callEnded: (): void => undefined };
    const implementation = { watchJob: serverStreamHandler(environment, watch) } as unknown as PlannerServiceServer;
    return startServer(address, [
      { name: 'bonsai.v1.PlannerService', definition: PlannerServiceService, implementation },
    ]);
  }

  it('goes on when the planner is back after it was gone', async () => {
    let again: Promise<RunningServer> | undefined;
    const first = await startPlanner(async function* () {
      yield response(JOB_STATE_RUNNING);
      await new Promise(() => undefined);
    });
    const job = await followJob(client, 'jobs/job', {}, () => {
      again ??= first.stop(0).then(() =>
        startPlanner(async function* () {
          yield await Promise.resolve(response(JOB_STATE_SUCCEEDED));
        }),
      );
    });
    expect(job.state).toBe(JOB_STATE_SUCCEEDED);
    await (await again)?.stop(0);
  });

  it('tells at once of a planner that was never there', async () => {
    await expect(followJob(client, 'jobs/job', {}, () => undefined)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
