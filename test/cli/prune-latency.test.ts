import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, demoModel, document } from './bonsai-process.ts';

const scratch = useTemporaryDirectory();
/** Any English text will do. */
const text = fileURLToPath(new URL('../../LICENSE', import.meta.url));

const command = (target: string, out: string): string[] => [
  ...['prune', '--model', demoModel, '--calibration', text, '--calibration-windows', '4', '--context', '16'],
  ...['--target-latency', target, '--method', 'prior-only', '--rounds', '1', '--format', 'none'],
  ...['--out', out, '--store', scratch.path('jobs.sqlite'), '--json'],
];

interface Table {
  readonly measured: readonly { kv_groups: number; query_heads?: number; ffn_neurons: number; picoseconds: number }[];
  readonly fit: Readonly<Record<string, number>>;
}

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));

describe('bonsai prune --target-latency', () => {
  it('measures a table, keeps to it, and measures what came of it', async () => {
    const { code, out, err } = await bonsai(command('0.8', scratch.path('out')));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const result = document(out);
    const { measured, fit } = (await readJson(scratch.path('out/latency.json'))) as Table;
    expect(measured).toHaveLength(12);
    expect(measured[0]).toMatchObject({ kv_groups: 18, ffn_neurons: 3072 });
    const { kv_group_picoseconds: kvGroup, ffn_neuron_picoseconds: ffnNeuron, other_picoseconds: other } = fit;
    for (const cost of [kvGroup, ffnNeuron]) expect(cost).toBeGreaterThanOrEqual(1);
    const plan = (await readJson(scratch.path('out/plan.json'))) as {
      settings: Record<string, string>;
      budget: Record<string, string>;
    };
    const whole = 18 * kvGroup! + 3072 * ffnNeuron! + other!;
    const atMost = Math.floor(0.8 * whole);
    expect(Number(plan.settings['targetLatency'])).toBe(atMost);
    expect(plan.settings).toMatchObject({
      targetContextLength: 16,
      latencyRuntime: expect.stringMatching(/^scorer, ./),
    });
    const predicted = Number(plan.budget['resourceUse']);
    expect(predicted).toBeLessThanOrEqual(atMost);
    expect(result['latency']).toEqual({
      runtime: plan.settings['latencyRuntime'],
      tokens: 16,
      at_most_ms: atMost / 1e9,
      predicted_ms: predicted / 1e9,
      mean_error_of_table: fit['mean_relative_error'],
      measured_ms: expect.any(Number),
      whole_model_ms: expect.any(Number),
    });
    expect(await readFile(scratch.path('out/report.md'), 'utf8')).toMatch(
      /^Latency of a window of 16 tokens \(scorer, /m,
    );

    const table = await readFile(scratch.path('out/latency.json'), 'utf8');
    const again = document((await bonsai(command('0.8', scratch.path('out')))).out);
    expect(again).toMatchObject({ job: result['job'], plan_digest: result['plan_digest'] });
    expect(await readFile(scratch.path('out/latency.json'), 'utf8')).toBe(table);
  });

  it('knows what a query head takes where heads may go without their group', async () => {
    const asked = [...command('0.8', scratch.path('heads')), '--units', 'neurons', 'groups', 'heads'];
    const { code, err } = await bonsai(asked);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { measured, fit } = (await readJson(scratch.path('heads/latency.json'))) as Table;
    expect(measured).toHaveLength(18);
    expect(new Set(measured.map((of) => of.query_heads! / of.kv_groups))).toEqual(new Set([2, 1]));
    const plan = (await readJson(scratch.path('heads/plan.json'))) as {
      settings: { resourceCosts: Record<string, string>; targetLatency: string };
      budget: Record<string, string>;
    };
    const costs = plan.settings.resourceCosts;
    expect(Number(costs['queryHead'])).toBe(fit['query_head_picoseconds']);
    expect(Number(costs['queryHead'])).toBeGreaterThanOrEqual(1);
    expect(Number(costs['kvGroup'])).toBeGreaterThan(2 * Number(costs['queryHead']));
    expect(Number(plan.budget['resourceUse'])).toBeLessThanOrEqual(Number(plan.settings.targetLatency));

    await mkdir(scratch.path('whole-groups'), { recursive: true });
    await writeFile(
      scratch.path('whole-groups/latency.json'),
      await readFile(scratch.path('out/latency.json'), 'utf8'),
    );
    const again = [...command('0.8', scratch.path('whole-groups')), '--units', 'neurons', 'groups', 'heads'];
    expect((await bonsai(again)).err).toMatch(/is of whole KV groups, .+\[LATENCY_TABLE_MISMATCH, --out\]/);
  });

  it.each([
    ['a time that nothing can keep', '1us', (table: string) => table, 2, 'SPARSITY_UNREACHABLE, --target-latency'],
    [
      'a time that the model keeps as it is',
      '900s',
      (table: string) => table,
      2,
      'SPARSITY_UNREACHABLE, --target-latency',
    ],
    [
      'the table of another model',
      '0.8',
      (table: string) => table.replace(/"model_revision": ".{8}/, '"model_revision": "00000000'),
      1,
      'LATENCY_TABLE_MISMATCH, --out',
    ],
    ['a table that is none', '0.8', (table: string) => table.slice(0, -10), 1, 'LATENCY_TABLE_INVALID, --out'],
  ])('refuses %s', async (_, target, change, exitCode, reason) => {
    const path = scratch.path('other/latency.json');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, change(await readFile(scratch.path('out/latency.json'), 'utf8')));
    const { code, out, err } = await bonsai(command(target, scratch.path('other')));
    expect({ code, out }).toEqual({ code: exitCode, out: '' });
    expect(err).toContain(`[${reason}]`);
  });
});

describe('bonsai prune --target-latency --latency-runtime llama.cpp', () => {
  it('starts llama.cpp, and takes no table of another runtime', async () => {
    const path = scratch.path('llama/latency.json');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await readFile(scratch.path('out/latency.json'), 'utf8'));
    const asked = [...command('0.8', scratch.path('llama')), '--latency-runtime', 'llama.cpp'];
    const { code, out, err } = await bonsai(asked, { NODE_LLAMA_CPP_GPU: 'false' });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /is of another runtime \(scorer, .+, not llama\.cpp .+, CPU\).+\[LATENCY_TABLE_MISMATCH, --out\]/,
    );
  });
});
