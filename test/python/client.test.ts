import { execFile } from 'node:child_process';
import type { PromiseWithChild } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, demoModel, document } from '../cli/bonsai-process.ts';
import { demoReference } from '../export/support/demo-model.ts';
import { PlannerProcess } from '../jobs/planner-process.ts';
import { makePythonStubs, PYTHON, repositoryFile } from './python-stubs.ts';

const run = promisify(execFile);
const example = repositoryFile('docs/examples/client-python/prune.py');

describe('the client in Python', () => {
  const scratch = useTemporaryDirectory();
  let planner: PlannerProcess;

  beforeAll(async () => {
    await makePythonStubs(scratch.path('.'));
    planner = await PlannerProcess.start('127.0.0.1:0', scratch.path('planner.sqlite'));
  });
  afterAll(async () => {
    await planner.stop();
  });

  const prune = (windows: string, out: string): PromiseWithChild<{ stdout: string }> =>
    run(PYTHON, [example, planner.address, 'sotu-3M', scratch.path(windows), scratch.path(out)], {
      env: { ...process.env, PYTHONPATH: scratch.path('.') },
    });

  it('prunes to a plan that can be exported with its recovered weights, and to the same again', async () => {
    const { windows } = await demoReference();
    await writeFile(scratch.path('windows.json'), JSON.stringify(windows));
    const { stdout: digest } = await prune('windows.json', 'out');
    const plan = JSON.parse(await readFile(scratch.path('out/plan.json'), 'utf8')) as {
      digest: string;
      layers: unknown[];
    };
    expect({ digest: plan.digest, layers: plan.layers.length }).toEqual({ digest: digest.trim(), layers: 6 });
    const from = ['--plan', scratch.path('out/plan.json'), '--model', demoModel];
    const exported = await bonsai([
      'export',
      ...from,
      '--format',
      'gguf',
      '--out',
      scratch.path('pruned.gguf'),
      '--json',
    ]);
    expect({ code: exported.code, err: exported.err }).toEqual({ code: 0, err: '' });
    expect((await prune('windows.json', 'out')).stdout).toBe(digest);
  });

  async function startAgain(scoring?: readonly string[]): Promise<void> {
    planner = await PlannerProcess.start(planner.address, scratch.path('planner.sqlite'), scoring);
  }

  async function cancelTheRunningJob(): Promise<void> {
    const { out } = await bonsai(['jobs', '--planner', planner.address, '--json']);
    const { jobs } = document(out) as { jobs: { name: string; state?: string }[] };
    const { name } = jobs.find(({ state }) => state === 'JOB_STATE_RUNNING') ?? { name: 'none' };
    const { code, err } = await bonsai(['jobs', 'cancel', name, '--planner', planner.address]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  }

  it('goes on when the planner is stopped or killed and started again, and with a job that was cancelled', async () => {
    const { windows } = await demoReference();
    await writeFile(scratch.path('short.json'), JSON.stringify(windows.map((window) => window.slice(0, 32))));
    const disturbed = prune('short.json', 'other');
    const outcome = disturbed.then(() => 'no error', String);
    const lines = createInterface(disturbed.child.stderr!);
    const early = outcome.then((end) => Promise.reject(new Error(end)));
    const shown = async (): Promise<void> => {
      let line = '';
      while (!line.startsWith('round')) line = String(await Promise.race([once(lines, 'line'), early]));
    };
    // So that the job does not end before this test wants it to.
    const nobody = ['--scorers', `unix:${scratch.path('nobody.sock')}`];
    await shown();
    await planner.stop();
    await startAgain(nobody);
    await shown();
    await planner.kill();
    await startAgain(nobody);
    await shown();
    await cancelTheRunningJob();
    expect(await outcome).toContain('ended as JOB_STATE_CANCELLED');
    await planner.stop();
    await startAgain();
    const { stdout: digest } = await prune('short.json', 'other');
    expect(JSON.parse(await readFile(scratch.path('other/plan.json'), 'utf8'))).toMatchObject({
      digest: digest.trim(),
    });
  });
});
