import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { maxRelativeError } from '@bonsai/support/testing';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, demoModel, document } from './bonsai-process.ts';

interface Reference {
  readonly windows: readonly (readonly number[])[];
  readonly nll_sum: readonly number[];
  readonly masks: readonly object[];
  readonly masked_nll_sum: readonly (readonly number[])[];
}

/** A float64 PyTorch forward of the same model; see its `about`. */
const reference = JSON.parse(await readFile(join(demoModel, 'reference.json'), 'utf8')) as Reference;

const WINDOWS = 2;
const MASKS = 2;
/** f32 weights and sums against float64. */
const BOUND = 1e-4;
const scratch = useTemporaryDirectory();

describe('bonsai eval', () => {
  it('agrees with the reference, window by window and mask by mask', async () => {
    const file = scratch.path('part.json');
    const { windows, masks } = reference;
    await writeFile(file, JSON.stringify({ windows: windows.slice(0, WINDOWS), masks: masks.slice(0, MASKS) }));
    const files = ['--windows', file, '--masks', file];
    const { code, out, err } = await bonsai(['eval', '--model', demoModel, ...files, '--precision', 'f32', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });

    const result = document(out);
    const tokens = windows.slice(0, WINDOWS).reduce((sum, window) => sum + window.length - 1, 0);
    expect(Object.keys(result)).toEqual(['nll_sum', 'tokens', 'ppl', 'masks']);
    expect(result['tokens']).toBe(tokens);
    expectEvaluation(result, reference.nll_sum, tokens);
    const maskResults = result['masks'] as object[];
    expect(maskResults).toHaveLength(MASKS);
    for (const [i, mask] of maskResults.entries()) expectEvaluation(mask, reference.masked_nll_sum[i] ?? [], tokens);
  });

  it('tells how far a mask is from the whole model, which is at 0 from itself', async () => {
    const file = scratch.path('kl.json');
    const { windows, masks } = reference;
    await writeFile(file, JSON.stringify({ windows: windows.slice(0, 1), masks: masks.slice(0, 1) }));
    const files = ['--windows', file, '--masks', file];
    const { code, out } = await bonsai(['eval', '--model', demoModel, ...files, '--kl', '--json']);
    expect(code).toBe(0);
    const { kl, kl_sum: sums, nll_sum, masks: masked } = document(out);
    expect({ kl, sums }).toEqual({ kl: 0, sums: [0] });
    expect(nll_sum).toHaveLength(1);
    const [mask] = masked as { kl: number; kl_sum: number[] }[];
    expect(mask?.kl).toBeGreaterThan(0.01);
    expect(mask?.kl_sum[0]).toBeCloseTo((mask?.kl ?? NaN) * ((windows[0]?.length ?? 0) - 1), 9);
  });

  it('measures a text, and says nothing but the document', async () => {
    const file = scratch.path('text.txt');
    await writeFile(
      file,
      'Whenever it is a damp, drizzly November in my soul, I account it high time to get to sea. '.repeat(8),
    );
    const { code, out, err } = await bonsai([
      'eval',
      '--model',
      demoModel,
      '--text',
      file,
      '--context',
      '32',
      '--json',
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { tokens, ppl, nll_sum: sums } = document(out);
    expect(tokens).toBe(31 * (sums as number[]).length);
    expect(ppl).toBeGreaterThan(1);
  });

  it('gives up on a scorer that is silent for longer than it may be', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const file = scratch.path('windows.json');
    await writeFile(file, JSON.stringify({ windows: [[1, 2, 3]] }));
    const asked = ['eval', '--model', demoModel, '--windows', file, '--scorers', `127.0.0.1:${port}`];
    const { code, err } = await bonsai([...asked, '--scorer-silence', '1']);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/sent nothing for 1 seconds/) });
    silent.close();
  });

  it('says on standard error how the checkpoint was taken, where that is not obvious', async () => {
    const directory = scratch.path('short-sighted');
    await cp(demoModel, directory, { recursive: true });
    const config = JSON.parse(await readFile(join(directory, 'config.json'), 'utf8')) as Record<string, unknown>;
    const mistral = { ...config, model_type: 'mistral', sliding_window: 16 };
    await writeFile(join(directory, 'config.json'), JSON.stringify(mistral));
    const file = scratch.path('windows.json');
    await writeFile(file, JSON.stringify({ windows: [[1, 2, 3]] }));
    const { code, out, err } = await bonsai(['eval', '--model', directory, '--windows', file, '--json']);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^note: .*sliding window of 16 tokens.*\n$/) });
    expect(document(out)).toMatchObject({ tokens: 2 });
  });

  it('refuses a mask that removes part of a KV group', async () => {
    const file = scratch.path('bad.json');
    const masks = [{ removed_query_heads: { '0': [1] }, removed_ffn_neurons: {} }];
    await writeFile(file, JSON.stringify({ windows: [[1, 2, 3]], masks }));
    const { code, err } = await bonsai(['eval', '--model', demoModel, '--windows', file, '--masks', file]);
    expect(code).toBe(1);
    expect(err).toContain('masks[0].removed_query_heads.0]');
  });

  it('passes on what the scorer refuses: a token that the model does not have', async () => {
    const file = scratch.path('token.json');
    await writeFile(file, JSON.stringify({ windows: [[1, 999_999]] }));
    const { code, out, err } = await bonsai(['eval', '--model', demoModel, '--windows', file, '--json']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('TOKEN_OUT_OF_RANGE');
  });
});

function expectEvaluation(result: object, expectedSums: readonly number[], tokens: number): void {
  const { nll_sum: sums, ppl } = result as { nll_sum: number[]; ppl: number };
  const expected = expectedSums.slice(0, WINDOWS);
  expect(maxRelativeError(sums, expected)).toBeLessThan(BOUND);
  expect(ppl).toBeCloseTo(Math.exp(sums.reduce((sum, nll) => sum + nll, 0) / tokens), 9);
}
