import { existsSync } from 'node:fs';
import { cp, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, demoModel, document, startBonsai } from './bonsai-process.ts';
import type { Running } from './bonsai-process.ts';

const scratch = useTemporaryDirectory();
/** Any English text will do. */
const text = fileURLToPath(new URL('../../LICENSE', import.meta.url));

/** The demo model by another name of the same computation. */
const mistral = (): string => scratch.path('mistral');

const command = (): string[] => [
  ...['prune', '--model', demoModel, '--calibration', text, '--calibration-windows', '4', '--context', '32'],
  ...['--sparsity', '0.2', '--rounds', '2', '--masks', '8', '--windows', '2', '--eval', text, '--eval-windows', '2'],
  ...['--store', scratch.path('jobs.sqlite'), '--json'],
];

describe('bonsai prune', () => {
  it.each([
    ['a held-out text that is not there', () => ['--eval', 'typo.txt'], 'TEXT_EMPTY, --eval'],
    ['a folder that is a file', () => ['--out', text], `OUTPUT_FAILED, ${text}`],
    ['a folder with something else in it', () => ['--out', scratch.path('taken')], 'OUTPUT_EXISTS'],
    ['to replace the model', () => ['--model', scratch.path('own/hf'), '--out', scratch.path('own')], 'OUTPUT_EXISTS'],
    ['files that have no place for biases', () => ['--model', mistral(), '--recover', 'bias'], 'LAYOUT_NOT_SUPPORTED'],
  ])('refuses %s before there is a job, and leaves nothing', async (_, wrong, reason) => {
    await mkdir(scratch.path('taken/hf'), { recursive: true });
    await writeFile(scratch.path('taken/hf/letters.txt'), 'Dear Herman,');
    for (const model of [scratch.path('own/hf'), mistral()]) await cp(demoModel, model, { recursive: true });
    const config = JSON.parse(await readFile(join(demoModel, 'config.json'), 'utf8')) as object;
    const changed = { ...config, model_type: 'mistral', sliding_window: null };
    await writeFile(join(mistral(), 'config.json'), JSON.stringify(changed));
    const store = scratch.path('none.sqlite');
    const asked = [...command(), '--out', scratch.path('nothing/yet'), '--store', store, ...wrong()];
    const { code, out, err } = await bonsai(asked);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`[${reason}`);
    for (const path of [store, scratch.path('nothing')]) expect(existsSync(path)).toBe(false);
  });

  it('shows the cost without pruning', async () => {
    const { code, out, err } = await bonsai([...command(), '--dry-run']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(document(out)).toMatchObject({ kv_groups: 18, ffn_neurons: 3072, prunable_parameters: 2433024, rounds: 2 });
    const bytes = ['weight', 'activation', 'workspace'].map((part) => Number(document(out)[`gpu_${part}_bytes`]));
    expect(bytes.reduce((sum, part) => sum + part)).toBe(document(out)['gpu_memory_bytes']);
    expect(existsSync(scratch.path('out'))).toBe(false);
  });

  it('writes plan, report and models, and takes up the finished job when run again', async () => {
    const first = await bonsai([...command(), '--out', scratch.path('out')]);
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' });
    const result = document(first.out);
    expect(result).toMatchObject({ perplexity: { before: expect.any(Number), after: expect.any(Number) } });
    expect(Math.abs(Number(result['sparsity']) - 0.2) * 2433024).toBeLessThanOrEqual(2 * 3 * 32 * 192);
    expect(await readFile(scratch.path('out/report.md'), 'utf8')).toContain("Kendall's tau");
    expect(existsSync(scratch.path('out/hf/config.json'))).toBe(true);

    const left = scratch.path('again/recovered.safetensors');
    await mkdir(scratch.path('again'));
    await writeFile(left, 'of another plan');
    const again = await bonsai([...command(), '--out', scratch.path('again'), '--format', 'none']);
    expect({ code: again.code, err: again.err }).toEqual({ code: 0, err: '' });
    expect(document(again.out)).toMatchObject({ job: result['job'], plan_digest: result['plan_digest'] });
    expect(result['outputs']).toMatchObject({ earlier_files: [] });
    expect(document(again.out)['outputs']).toMatchObject({ models: [], earlier_files: [left] });
    expect(await readFile(scratch.path('again/report.md'), 'utf8')).toContain(`note: ${left} was there before`);
    expect(await readFile(scratch.path('again/plan.json'), 'utf8')).toBe(
      await readFile(scratch.path('out/plan.json'), 'utf8'),
    );
  });

  it('has written the plan before it measures what the plan does', async () => {
    const long = scratch.path('long.txt');
    await writeFile(long, (await readFile(text, 'utf8')).repeat(100));
    const plan = scratch.path('early/plan.json');
    const evaluation = ['--eval', long, '--eval-windows', '10000'];
    const running = startBonsai([...command(), ...evaluation, '--out', scratch.path('early')]);
    while (!existsSync(plan)) {
      if (running.process.exitCode !== null) throw new Error(`there is no plan: ${(await running.outcome).err}`);
      await sleep(20);
    }
    running.process.kill('SIGINT');
    expect((await running.outcome).code).toBe(1);
    expect(await readFile(plan, 'utf8')).toBe(await readFile(scratch.path('out/plan.json'), 'utf8'));
    expect(existsSync(scratch.path('early/report.md'))).toBe(false);
  });

  it('left a job and a plan that the other commands understand', async () => {
    const store = ['--store', scratch.path('jobs.sqlite'), '--json'];
    const list = document((await bonsai(['jobs', 'list', ...store])).out);
    expect(list).toMatchObject({ jobs: [{ name: expect.any(String), state: 'JOB_STATE_SUCCEEDED' }] });
    expect(document((await bonsai(['jobs', ...store])).out)).toEqual(list);

    const fetched = scratch.path('fetched.json');
    const [job] = list['jobs'] as { name: string }[];
    expect((await bonsai(['jobs', 'plan', job!.name, '--out', fetched, ...store])).code).toBe(0);
    expect(await readFile(fetched, 'utf8')).toBe(await readFile(scratch.path('out/plan.json'), 'utf8'));
    const missing = await bonsai(['jobs', 'get', 'no-such-job', ...store]);
    expect({ code: missing.code, out: missing.out }).toEqual({ code: 1, out: '' });
    expect(missing.err).toContain('JOB_NOT_FOUND');

    const exported = scratch.path('exported.gguf');
    const plan = ['export', '--plan', scratch.path('out/plan.json'), '--model', demoModel];
    const { code, err } = await bonsai([...plan, '--format', 'gguf', '--out', exported]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const written = await readFile(join(scratch.path('out'), 'sotu-3M-pruned.gguf'));
    expect((await readFile(exported)).equals(written)).toBe(true);
    const superfluous = await bonsai([...plan, '--recovered', 'r', '--format', 'gguf', '--out', exported]);
    expect(superfluous).toMatchObject({ code: 2, err: expect.stringMatching(/^error: --recovered /) });
    const occupied = await bonsai([...plan, '--format', 'gguf', '--out', exported]);
    expect(occupied.code).toBe(1);
    expect(occupied.err).toContain('OUTPUT_EXISTS');
  });

  it('made a plan that is refused for another revision of the model', async () => {
    const changed = scratch.path('changed');
    await cp(demoModel, changed, { recursive: true });
    const weights = await open(join(changed, 'model.safetensors'), 'r+');
    const { size } = await weights.stat();
    // The last two bytes: one BF16 weight of another value.
    await weights.write(Uint8Array.of(0x80, 0x3f), 0, 2, size - 2);
    await weights.close();
    const target = scratch.path('refused.gguf');
    const plan = [
      'export',
      '--plan',
      scratch.path('out/plan.json'),
      '--model',
      changed,
      '--format',
      'gguf',
      '--out',
      target,
    ];
    const { code, err } = await bonsai(plan);
    expect(code).toBe(1);
    expect(err).toContain('MODEL_REVISION_MISMATCH');
    expect(existsSync(target)).toBe(false);
  });

  it('left a job that can be deleted, once', async () => {
    const store = ['--store', scratch.path('jobs.sqlite')];
    const { jobs } = document((await bonsai(['jobs', ...store, '--json'])).out);
    const [job] = jobs as { name: string }[];
    const { code, out, err } = await bonsai(['jobs', 'delete', job!.name.replace('jobs/', ''), ...store, '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(document(out)).toEqual({ job: job!.name, deleted: true });
    expect((await bonsai(['jobs', ...store])).out).toBe('There are no jobs.\n');
    const again = await bonsai(['jobs', 'delete', job!.name, ...store]);
    expect({ code: again.code, out: again.out }).toEqual({ code: 1, out: '' });
    expect(again.err).toContain('JOB_NOT_FOUND');
  });

  it('can be watched and cancelled from a second terminal while it runs', async () => {
    const store = ['--store', scratch.path('busy.sqlite')];
    const effort = ['--sparsity', '0.5', '--rounds', '50', '--masks', '1000', '--windows', '4'];
    const text64 = ['--calibration', text, '--calibration-windows', '4', '--context', '64'];
    const out = ['--out', scratch.path('busy')];
    const running = startBonsai(['prune', '--model', demoModel, ...text64, ...effort, ...store, ...out]);
    const job = await untilJobRuns(store, running);
    const early = await bonsai(['jobs', 'delete', job, ...store]);
    expect(early.code).toBe(1);
    expect(early.err).toContain('JOB_STATE');
    expect((await bonsai(['jobs', 'cancel', job, ...store])).code).toBe(0);
    const { code, err } = await running.outcome;
    expect(code).toBe(1);
    expect(err).toContain('[CANCELLED, ');
  });
});

/** Name of the job of a store, once it runs. @throws if the process that should run it ends before that */
async function untilJobRuns(store: readonly string[], running: Running): Promise<string> {
  for (;;) {
    const { out } = await bonsai(['jobs', 'list', ...store, '--json']);
    const name = /"(jobs\/[^"]+)".*"JOB_STATE_RUNNING"/.exec(out)?.[1];
    if (name !== undefined) return name;
    if (running.process.exitCode !== null) throw new Error(`the job did not start: ${(await running.outcome).err}`);
  }
}
