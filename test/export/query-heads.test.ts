import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelShape, openCheckpoint } from '@bonsai/checkpoint';
import { planCut, readPlanDocument } from '@bonsai/planner';
import { emptySet, UnitTable } from '@bonsai/pruning';
import { maxRelativeError } from '@bonsai/support/testing';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { askLlamaCpp } from './support/ask-llama-cpp.ts';
import { DEMO_MODEL, demoWindows } from './support/demo-model.ts';
import { useOwnEvaluation } from './support/own-evaluation.ts';
import { pruneDemo } from './support/prune-demo.ts';

const LIMIT = 9_500_000;
const checkpoint = await openCheckpoint(DEMO_MODEL);
afterAll(async () => checkpoint.close());
const windows = await demoWindows();

describe('bonsai prune --units neurons groups heads --target-bytes', () => {
  const work = useTemporaryDirectory();
  const ours = useOwnEvaluation();
  let out: string;

  beforeAll(async () => {
    // Of the priors, the one by which heads go here.
    const units = ['--units', 'neurons', 'groups', 'heads', '--prior', 'fluctuation'];
    const gguf = ['--format', 'gguf', '--gguf-floats', 'f32'];
    out = await pruneDemo(work, [...units, '--target-bytes', String(LIMIT), ...gguf]);
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

describe('bonsai prune --units neurons groups heads --layout uniform', () => {
  const work = useTemporaryDirectory();
  const ours = useOwnEvaluation();

  it('makes a Hugging Face directory of a stock llama with fewer query heads', async () => {
    const out = await pruneDemo(work, [
      ...['--units', 'neurons', 'groups', 'heads', '--prior', 'fluctuation', '--layout', 'uniform'],
      ...['--sparsity', '0.4', '--format', 'hf'],
    ]);
    const plan = readPlanDocument(await readFile(join(out, 'plan.json'), 'utf8'));
    const [first] = plan.layers;
    const groups = first!.keptKvGroups.length;
    const widths = plan.layers.map(({ keptQueryHeads, keptFfnNeurons }) => [
      keptQueryHeads.length,
      keptFfnNeurons.length,
    ]);
    expect(new Set(widths.map(String)).size).toBe(1);
    expect(first!.keptQueryHeads).toHaveLength(groups);
    expect(JSON.parse(await readFile(join(out, 'hf/config.json'), 'utf8'))).toMatchObject({
      num_attention_heads: groups,
      num_key_value_heads: groups,
    });
    const opened = await openCheckpoint(join(out, 'hf'));
    const nothing = emptySet(new UnitTable(modelShape(opened.config)));
    const sums = await ours.nllSums(opened, nothing, windows).finally(() => opened.close());
    const { cut } = planCut(plan);
    expect(maxRelativeError(sums, await ours.nllSums(checkpoint, cut, windows))).toBeLessThanOrEqual(1e-4);
  });
});
