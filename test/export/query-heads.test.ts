import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCheckpoint } from '@bonsai/checkpoint';
import { planCut, readPlanDocument } from '@bonsai/planner';
import { maxRelativeError } from '@bonsai/support';
import { bonsai } from '../cli/bonsai-process.ts';
import { askLlamaCpp } from './support/ask-llama-cpp.ts';
import { DEMO_MODEL, demoWindows } from './support/demo-model.ts';
import { useOwnEvaluation } from './support/own-evaluation.ts';
import { useWorkDirectory } from './support/work-directory.ts';

/** Any English text will do. */
const text = fileURLToPath(new URL('../../LICENSE', import.meta.url));
const LIMIT = 9_500_000;
const checkpoint = await openCheckpoint(DEMO_MODEL);
afterAll(async () => checkpoint.close());
const windows = await demoWindows();

describe('bonsai prune --units neurons groups heads --target-bytes', () => {
  const work = useWorkDirectory();
  const ours = useOwnEvaluation();
  let out: string;

  beforeAll(async () => {
    out = work.path('out');
    const { code, err } = await bonsai([
      ...['prune', '--model', DEMO_MODEL, '--calibration', text, '--calibration-windows', '8', '--context', '64'],
      // Of the priors, the one by which heads go here.
      ...['--method', 'prior-only', '--prior', 'fluctuation', '--rounds', '2', '--windows', '2'],
      ...['--units', 'neurons', 'groups', 'heads', '--target-bytes', String(LIMIT)],
      ...['--gguf-floats', 'f32', '--format', 'gguf'],
      ...['--store', work.path('jobs.sqlite'), '--json', '--out', out],
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('leaves layers whose groups have lost a query head, equally many each', async () => {
    const { layers } = readPlanDocument(await readFile(join(out, 'plan.json'), 'utf8'));
    const attending = layers.filter(({ keptKvGroups }) => keptKvGroups.length > 0);
    const perGroup = attending.map(({ keptKvGroups, keptQueryHeads }) => keptQueryHeads.length / keptKvGroups.length);
    expect(new Set(perGroup)).toEqual(new Set([1, 2]));
  });

  it('makes a file as large as it may be, that llama.cpp computes as we do', async () => {
    const path = join(out, 'sotu-3M-pruned.gguf');
    const { size } = await stat(path);
    expect(size).toBeLessThanOrEqual(LIMIT);
    // A neuron, and what the header says of each layer's widths.
    expect(size).toBeGreaterThan(LIMIT - 3 * 192 * 4 - 200);
    const { cut } = planCut(readPlanDocument(await readFile(join(out, 'plan.json'), 'utf8')));
    const { nll } = await askLlamaCpp({ model: path, windows });
    const sums = nll.map((losses) => losses.reduce((total, loss) => total + loss, 0));
    expect(maxRelativeError(sums, await ours.nllSums(checkpoint, cut, windows))).toBeLessThanOrEqual(1e-4);
  });
});
