import { existsSync } from 'node:fs';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, demoModel, document } from './bonsai-process.ts';

const scratch = useTemporaryDirectory();
/** Any English text will do. */
const text = fileURLToPath(new URL('../../LICENSE', import.meta.url));

describe('bonsai prune --recover lsq', () => {
  let result: Record<string, unknown>;

  beforeAll(async () => {
    const { code, out, err } = await bonsai([
      ...['prune', '--model', demoModel, '--calibration', text, '--calibration-windows', '16', '--context', '64'],
      ...['--method', 'prior-only', '--sparsity', '0.4', '--rounds', '2', '--windows', '2', '--recover', 'lsq'],
      // Not as the checkpoint stores them: what measures the plan has to ask for the same.
      ...['--precision', 'f32'],
      ...['--eval', text, '--store', scratch.path('jobs.sqlite'), '--json'],
      ...['--format', 'gguf', '--out', scratch.path('out')],
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    result = document(out);
  });

  const evaluation = ['eval', '--model', demoModel, '--text', text, '--context', '64', '--json'];

  it('says what was recovered, and lays the weights beside the plan', () => {
    expect(result).toMatchObject({
      recovery: { tried: expect.any(Number), accepted: expect.any(Number), forward_tokens: expect.any(Number) },
      prior_race: {
        trials: [
          { prior: 'obs', loss: expect.any(Number) },
          { prior: 'energy', loss: expect.any(Number) },
        ],
        forward_tokens: 16 * 64 + 2 * (4 * 14 + 2) * 64,
      },
      outputs: { recovered: scratch.path('out/recovered.safetensors') },
    });
    expect(existsSync(scratch.path('out/recovered.safetensors'))).toBe(true);
  });

  it('counts the forward tokens of rounds, recovery and prior together', async () => {
    const { rounds, recovery, prior_race: race } = result as Record<string, { forward_tokens: number }>;
    const parts = [...(rounds as unknown as { forward_tokens: number }[]), recovery!, race!];
    expect(result['forward_tokens']).toBe(parts.reduce((sum, part) => sum + part.forward_tokens, 0));
    expect(await readFile(scratch.path('out/report.md'), 'utf8')).toMatch(/^Forward tokens in all: [\d.]+ k\.$/m);
  });

  it('makes a plan that bonsai eval measures with its recovered weights', async () => {
    const planned = [...evaluation, '--plan', scratch.path('out/plan.json'), '--calibration', text];
    const { code, out, err } = await bonsai([...planned, '--calibration-context', '64']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { after } = result['perplexity'] as { after: number };
    expect(document(out)['ppl']).toBe(after);
    const other = await bonsai([...planned, '--calibration-context', '32']);
    expect(other.code).toBe(1);
    expect(other.err).toContain('PLAN_INVALID');
  });

  it('makes a plan that bonsai eval does not measure without them', async () => {
    const { code, err } = await bonsai([...evaluation, '--plan', scratch.path('out/plan.json')]);
    expect(code).toBe(2);
    expect(err).toContain('--calibration FILE');
  });

  const exportTo = (target: string, recovered: string): ReturnType<typeof bonsai> =>
    bonsai([
      ...['export', '--plan', scratch.path('out/plan.json'), '--model', demoModel, '--recovered', recovered],
      ...['--format', 'gguf', '--out', target],
    ]);

  it('makes a plan that can be exported again with the file of its weights', async () => {
    const moved = scratch.path('moved.safetensors');
    await copyFile(scratch.path('out/recovered.safetensors'), moved);
    const { code, err } = await exportTo(scratch.path('again.gguf'), moved);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const first = await readFile(scratch.path('out/sotu-3M-pruned.gguf'));
    expect((await readFile(scratch.path('again.gguf'))).equals(first)).toBe(true);
  });

  it('makes plans that lie in one folder, each with weights of its own', async () => {
    const store = ['--store', scratch.path('jobs.sqlite'), '--json'];
    const other = await bonsai([
      ...['prune', '--model', demoModel, '--calibration', text, '--calibration-windows', '8', '--context', '64'],
      ...['--method', 'prior-only', '--sparsity', '0.3', '--rounds', '1', '--windows', '2', '--recover', 'lsq-block'],
      ...['--prior', 'energy', '--format', 'none', '--out', scratch.path('other'), ...store],
    ]);
    expect({ code: other.code, err: other.err }).toEqual({ code: 0, err: '' });
    const fetchTo = (name: string, job: unknown, ...more: string[]): ReturnType<typeof bonsai> =>
      bonsai(['jobs', 'plan', String(job), '--out', scratch.path(`plans/${name}.json`), ...store, ...more]);
    const weightsOf = (name: string): Promise<Buffer> => readFile(scratch.path(`plans/${name}.recovered.safetensors`));
    const [a, b] = [result['job'], document(other.out)['job']];
    for (const [name, job] of Object.entries({ a, b })) {
      const { code, out } = await fetchTo(name, job);
      expect(code).toBe(0);
      expect(document(out)).toMatchObject({ recovered: scratch.path(`plans/${name}.recovered.safetensors`) });
    }
    const first = await weightsOf('a');
    expect(first.equals(await readFile(scratch.path('out/recovered.safetensors')))).toBe(true);
    expect(first.equals(await weightsOf('b'))).toBe(false);

    expect((await fetchTo('a', a)).code).toBe(0);
    const refused = await fetchTo('a', b);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('OUTPUT_EXISTS');
    expect(first.equals(await weightsOf('a'))).toBe(true);

    const target = scratch.path('plans/a.gguf');
    const plan = ['export', '--plan', scratch.path('plans/a.json'), '--model', demoModel];
    expect((await bonsai([...plan, '--format', 'gguf', '--out', target])).err).toBe('');
    expect((await fetchTo('a', b, '--overwrite')).code).toBe(0);
    expect((await weightsOf('a')).equals(await weightsOf('b'))).toBe(true);
  });

  it('makes a plan that is refused where the file is missing or holds other weights, before anything is written', async () => {
    const target = scratch.path('refused.gguf');
    const wrong = scratch.path('wrong.safetensors');
    await rm(wrong, { force: true });
    const missing = await exportTo(target, wrong);
    expect(missing.code).toBe(1);
    expect(missing.err).toContain('PLAN_INVALID');
    expect(missing.err).toContain(`its recovered weights are not at ${wrong}`);

    const weights = await readFile(scratch.path('out/recovered.safetensors'));
    weights.writeFloatLE(0.5, weights.length - 4);
    await writeFile(wrong, weights);
    const other = await exportTo(target, wrong);
    expect(other.code).toBe(1);
    expect(other.err).toContain('PLAN_INVALID');
    expect(other.err).toContain('holds other weights than it was made with');
    expect(existsSync(target)).toBe(false);
  });
});
