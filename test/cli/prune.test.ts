import { existsSync } from 'node:fs';
import { cp, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { bonsai, demoModel, document, startBonsai } from './bonsai-process.ts';
import type { Running } from './bonsai-process.ts';
import { useScratchFolder } from './scratch-folder.ts';

const scratch = useScratchFolder();
/** Any English text will do. */
const text = fileURLToPath(new URL('../../LICENSE', import.meta.url));

const command = (): string[] => [
  ...['prune', '--model', demoModel, '--calibration', text, '--calibration-windows', '4', '--context', '32'],
  ...['--sparsity', '0.2', '--rounds', '2', '--masks', '8', '--windows', '2', '--eval', text, '--eval-windows', '2'],
  ...['--store', scratch('jobs.sqlite'), '--json'],
];

describe('bonsai prune', () => {
  it('shows the cost without pruning', async () => {
    const { code, out, err } = await bonsai([...command(), '--dry-run']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(document(out)).toMatchObject({ kv_groups: 18, ffn_neurons: 3072, prunable_parameters: 2433024, rounds: 2 });
    const bytes = ['weight', 'activation', 'workspace'].map((part) => Number(document(out)[`gpu_${part}_bytes`]));
    expect(bytes.reduce((sum, part) => sum + part)).toBe(document(out)['gpu_memory_bytes']);
    expect(existsSync(scratch('out'))).toBe(false);
  });

  it('writes plan, report and models, and takes up the finished job when run again', async () => {
    const first = await bonsai([...command(), '--out', scratch('out')]);
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' });
    const result = document(first.out);
    expect(result).toMatchObject({ perplexity: { before: expect.any(Number), after: expect.any(Number) } });
    expect(Math.abs(Number(result['sparsity']) - 0.2) * 2433024).toBeLessThanOrEqual(2 * 3 * 32 * 192);
    expect(await readFile(scratch('out/report.md'), 'utf8')).toContain("Kendall's tau");
    expect(existsSync(scratch('out/hf/config.json'))).toBe(true);

    const again = await bonsai([...command(), '--out', scratch('again'), '--format', 'none']);
    expect({ code: again.code, err: again.err }).toEqual({ code: 0, err: '' });
    expect(document(again.out)).toMatchObject({ job: result['job'], plan_digest: result['plan_digest'] });
    expect(await readFile(scratch('again/plan.json'), 'utf8')).toBe(await readFile(scratch('out/plan.json'), 'utf8'));
  });

  it('left a job and a plan that the other commands understand', async () => {
    const store = ['--store', scratch('jobs.sqlite'), '--json'];
    const list = document((await bonsai(['jobs', 'list', ...store])).out);
    expect(list).toMatchObject({ jobs: [{ name: expect.any(String), state: 'JOB_STATE_SUCCEEDED' }] });
    expect(document((await bonsai(['jobs', ...store])).out)).toEqual(list);

    const fetched = scratch('fetched.json');
    const [job] = list['jobs'] as { name: string }[];
    expect((await bonsai(['jobs', 'plan', job!.name, '--out', fetched, ...store])).code).toBe(0);
    expect(await readFile(fetched, 'utf8')).toBe(await readFile(scratch('out/plan.json'), 'utf8'));
    const missing = await bonsai(['jobs', 'get', 'no-such-job', ...store]);
    expect({ code: missing.code, out: missing.out }).toEqual({ code: 1, out: '' });
    expect(missing.err).toContain('JOB_NOT_FOUND');

    const exported = scratch('exported.gguf');
    const plan = ['export', '--plan', scratch('out/plan.json'), '--model', demoModel];
    const { code, err } = await bonsai([...plan, '--format', 'gguf', '--out', exported]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const written = await readFile(join(scratch('out'), 'sotu-3M-pruned.gguf'));
    expect((await readFile(exported)).equals(written)).toBe(true);
    const occupied = await bonsai([...plan, '--format', 'gguf', '--out', exported]);
    expect(occupied.code).toBe(1);
    expect(occupied.err).toContain('OUTPUT_EXISTS');
  });

  it('made a plan that is refused for another revision of the model', async () => {
    const changed = scratch('changed');
    await cp(demoModel, changed, { recursive: true });
    const weights = await open(join(changed, 'model.safetensors'), 'r+');
    const { size } = await weights.stat();
    // The last two bytes: one BF16 weight of another value.
    await weights.write(Uint8Array.of(0x80, 0x3f), 0, 2, size - 2);
    await weights.close();
    const target = scratch('refused.gguf');
    const plan = [
      'export',
      '--plan',
      scratch('out/plan.json'),
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

  it('can be watched and cancelled from a second terminal while it runs', async () => {
    const store = ['--store', scratch('busy.sqlite')];
    const effort = ['--sparsity', '0.5', '--rounds', '50', '--masks', '1000', '--windows', '4'];
    const text64 = ['--calibration', text, '--calibration-windows', '4', '--context', '64'];
    const out = ['--out', scratch('busy')];
    const running = startBonsai(['prune', '--model', demoModel, ...text64, ...effort, ...store, ...out]);
    const job = await untilJobRuns(store, running);
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
