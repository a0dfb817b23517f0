import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, demoModel } from '../cli/bonsai-process.ts';
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

  it('prunes to a plan that can be exported with its recovered weights, and to the same again', async () => {
    const { windows } = await demoReference();
    await writeFile(scratch.path('windows.json'), JSON.stringify(windows));
    const prune = (): Promise<{ stdout: string }> =>
      run(PYTHON, [example, planner.address, 'sotu-3M', scratch.path('windows.json'), scratch.path('out')], {
        env: { ...process.env, PYTHONPATH: scratch.path('.') },
      });
    const { stdout: digest } = await prune();
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
    expect((await prune()).stdout).toBe(digest);
  });
});
