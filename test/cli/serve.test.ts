import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { PlannerServiceClient, callUnary, connect, plannerProto } from '@bonsai/rpc';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, demoModel, document, startBonsai } from './bonsai-process.ts';
import type { Running } from './bonsai-process.ts';

const scratch = useTemporaryDirectory();
const text = fileURLToPath(new URL('../../LICENSE', import.meta.url));

/** Address from the line that a service prints once it takes calls. */
async function addressOf({ process: service, outcome }: Running): Promise<string> {
  if (service.stdout === null) throw new Error('no standard output');
  const ready: unknown[] = await Promise.race([
    once(createInterface(service.stdout), 'line'),
    outcome.then(({ err }) => Promise.reject(new Error(err))),
  ]);
  return String(document(`${String(ready[0])}\n`)['address']);
}

const { JobState } = plannerProto;

/** The jobs of a planner, once one of them is in a state. */
async function untilOneIs(state: plannerProto.JobState, planner: PlannerServiceClient): Promise<plannerProto.Job[]> {
  const request = { pageSize: 0, pageToken: '' };
  for (;;) {
    const { jobs } = await callUnary<plannerProto.ListJobsResponse>((...rest) => planner.listJobs(request, ...rest));
    if (jobs.some((job) => job.state === state)) return jobs;
    await sleep(20);
  }
}

interface ServedBonsai {
  readonly services: readonly Running[];
  readonly scorers: string;
  readonly planner: string;
}

/** A scorer, and a planner on it. */
async function serve(store: string): Promise<ServedBonsai> {
  const listen = ['--listen', '127.0.0.1:0'];
  const scorer = startBonsai(['serve', 'scorer', ...listen, '--models-root', `${demoModel}/..`]);
  const scorers = await addressOf(scorer);
  const planner = startBonsai(['serve', 'planner', ...listen, '--scorers', scorers, '--store', store]);
  return { services: [planner, scorer], scorers, planner: await addressOf(planner) };
}

/** Stops a command once its job runs, and waits until that has stopped too. @returns the names of all jobs */
async function interrupted(command: readonly string[], planner: PlannerServiceClient): Promise<string[]> {
  const run = startBonsai(command);
  const jobs = await untilOneIs(JobState.JOB_STATE_RUNNING, planner);
  run.process.kill('SIGINT');
  const { code, out, err } = await run.outcome;
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain('Run the same command again to resume');
  await untilOneIs(JobState.JOB_STATE_CANCELLED, planner);
  return jobs.map(({ name }) => name);
}

describe('bonsai serve', () => {
  it('runs services that other commands use; Ctrl-C stops their job, and running it again resumes it', async () => {
    const store = scratch.path('served.sqlite');
    const { services, scorers, planner } = await serve(store);
    const client = connect(PlannerServiceClient, planner);

    // Far more work than this test waits for.
    const sizes = ['--context', '128', '--sparsity', '0.5', '--rounds', '50', '--masks', '1000', '--windows', '8'];
    const job = ['prune', '--model', demoModel, '--calibration', text, '--calibration-windows', '8', ...sizes];
    const command = [...job, '--planner', planner, '--scorers', scorers, '--out', scratch.path('out'), '--json'];
    const ids = [...(await interrupted(command, client)), ...(await interrupted(command, client))];
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);

    // Another terminal needs only the store to find the planner that holds it.
    const list = await bonsai(['jobs', 'list', '--store', store, '--json']);
    expect(list).toMatchObject({ code: 0, out: expect.stringContaining(ids[0] ?? 'no job') });

    client.close();
    for (const service of services) {
      service.process.kill('SIGTERM');
      expect((await service.outcome).code).toBe(0);
    }
  });
});
