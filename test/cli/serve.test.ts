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

const ANY_PORT = '127.0.0.1:0';

function startPlanner(listen: string, scorers: string, store: string): Running {
  const options = ['--listen', listen, '--scorers', scorers, '--store', store];
  return startBonsai(['serve', 'planner', ...options, '--continue-jobs']);
}

/** A scorer, and a planner on it. */
async function serve(store: string): Promise<ServedBonsai> {
  const scorer = startBonsai(['serve', 'scorer', '--listen', ANY_PORT, '--models-root', `${demoModel}/..`]);
  const scorers = await addressOf(scorer);
  const planner = startPlanner(ANY_PORT, scorers, store);
  return { services: [planner, scorer], scorers, planner: await addressOf(planner) };
}

async function stop(services: readonly Running[]): Promise<void> {
  for (const service of services) {
    service.process.kill('SIGTERM');
    expect((await service.outcome).code).toBe(0);
  }
}

function pruneCommand({ planner, scorers }: ServedBonsai, sizes: readonly string[], out: string): string[] {
  const job = ['prune', '--model', demoModel, '--calibration', text, '--calibration-windows', '8', ...sizes];
  return [...job, '--planner', planner, '--scorers', scorers, '--out', scratch.path(out), '--json'];
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
    const served = await serve(store);
    const client = connect(PlannerServiceClient, served.planner);

    // Far more work than this test waits for.
    const sizes = ['--context', '128', '--sparsity', '0.5', '--rounds', '50', '--masks', '1000', '--windows', '8'];
    const command = pruneCommand(served, sizes, 'out');
    const ids = [...(await interrupted(command, client)), ...(await interrupted(command, client))];
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);

    // Another terminal needs only the store to find the planner that holds it.
    const list = await bonsai(['jobs', 'list', '--store', store, '--json']);
    expect(list).toMatchObject({ code: 0, out: expect.stringContaining(ids[0] ?? 'no job') });

    client.close();
    await stop(served.services);
  });

  it('lets a command wait for a planner that is started again and goes on with its job', async () => {
    const store = scratch.path('restarted.sqlite');
    const served = await serve(store);
    const client = connect(PlannerServiceClient, served.planner);
    const [first, scorer] = served.services;

    const sizes = ['--context', '32', '--sparsity', '0.2', '--rounds', '3', '--masks', '20', '--windows', '2'];
    const run = startBonsai(pruneCommand(served, [...sizes, '--format', 'none'], 'restarted'));
    await untilOneIs(JobState.JOB_STATE_RUNNING, client);
    client.close();
    await stop([first!]);
    const second = startPlanner(served.planner, served.scorers, store);
    await addressOf(second);

    const { code, err } = await run.outcome;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    await stop([second, scorer!]);
  });
});
