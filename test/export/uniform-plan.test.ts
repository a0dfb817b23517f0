import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelShape, openCheckpoint } from '@bonsai/checkpoint';
import { planCut, readPlanDocument } from '@bonsai/planner';
import { emptySet, UnitTable } from '@bonsai/pruning';
import { planProto } from '@bonsai/rpc';
import { maxRelativeError } from '@bonsai/support/testing';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { askLlamaCpp } from './support/ask-llama-cpp.ts';
import { DEMO_MODEL, demoWindows } from './support/demo-model.ts';
import { useOwnEvaluation } from './support/own-evaluation.ts';
import { ggufArchitecture } from './support/gguf-architecture.ts';
import { pruneDemo } from './support/prune-demo.ts';

const checkpoint = await openCheckpoint(DEMO_MODEL);
afterAll(async () => checkpoint.close());
const windows = await demoWindows();

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const json = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;

describe('bonsai prune --layout uniform --align 32', () => {
  const work = useTemporaryDirectory();
  const ours = useOwnEvaluation();
  let out: string;

  beforeAll(async () => {
    out = await pruneDemo(work, ['--sparsity', '0.5', '--layout', 'uniform', '--align', '32', '--gguf-floats', 'f32']);
  });

  it('leaves the same widths everywhere, which the settings of the plan account for', async () => {
    const plan = readPlanDocument(await readFile(join(out, 'plan.json'), 'utf8'));
    const widths = plan.layers.map((layer) => [layer.keptKvGroups.length, layer.keptFfnNeurons.length].join());
    expect(new Set(widths).size).toBe(1);
    expect(plan.layers[0]!.keptFfnNeurons.length % 32).toBe(0);
    expect(plan.settings).toMatchObject({ ffnAlignment: 32 });
    // Everything is a multiple of 32 neurons of 6 layers here, a KV group too.
    const step = 32 * 6 * 3 * 192;
    const { removedParameters = 0, targetRemovedParameters = 0 } = plan.budget ?? {};
    expect(targetRemovedParameters - removedParameters).toBeGreaterThanOrEqual(0);
    expect(targetRemovedParameters - removedParameters).toBeLessThan(step);
  });

  it('says in plan and report what each constraint cost', async () => {
    const { constraintCosts } = readPlanDocument(await readFile(join(out, 'plan.json'), 'utf8'));
    const { CONSTRAINT_ALL, CONSTRAINT_LAYOUT, CONSTRAINT_FFN_ALIGNMENT } = planProto.Constraint;
    const named = constraintCosts?.costs.map(({ constraint }) => constraint);
    expect(named).toEqual([CONSTRAINT_ALL, CONSTRAINT_LAYOUT, CONSTRAINT_FFN_ALIGNMENT]);
    expect(constraintCosts).toMatchObject({ forwardTokens: 4 * 2 * 64 });
    const report = await readFile(join(out, 'report.md'), 'utf8');
    expect(report).toMatch(/^--layout +[+-]\d\.\d+ ± \d\.\d+ /m);
    expect(report).toMatch(/^--align +[+-]\d\.\d+ ± \d\.\d+ /m);
    expect(report).toContain('Measured on 2 calibration windows, without recovery; ± is the standard error.');
  });

  it('makes a Hugging Face directory of a stock llama that only says other sizes', async () => {
    const plan = readPlanDocument(await readFile(join(out, 'plan.json'), 'utf8'));
    const [source, exported] = [await json(join(DEMO_MODEL, 'config.json')), await json(join(out, 'hf/config.json'))];
    const groups = plan.layers[0]!.keptKvGroups.length;
    expect(exported).toEqual({
      ...source,
      num_attention_heads: 2 * groups,
      num_key_value_heads: groups,
      intermediate_size: plan.layers[0]!.keptFfnNeurons.length,
    });
    const opened = await openCheckpoint(join(out, 'hf'));
    const { cut } = planCut(plan);
    const nothing = emptySet(new UnitTable(modelShape(opened.config)));
    const sums = await ours.nllSums(opened, nothing, windows).finally(() => opened.close());
    expect(maxRelativeError(sums, await ours.nllSums(checkpoint, cut, windows))).toBeLessThanOrEqual(1e-4);
  });

  it('makes a GGUF file of the architecture llama that llama.cpp computes as we do', async () => {
    const { cut } = planCut(readPlanDocument(await readFile(join(out, 'plan.json'), 'utf8')));
    const path = join(out, 'sotu-3M-pruned.gguf');
    expect(await ggufArchitecture(path)).toBe('llama');
    const { nll } = await askLlamaCpp({ model: path, windows });
    expect(maxRelativeError(nll.map(sum), await ours.nllSums(checkpoint, cut, windows))).toBeLessThanOrEqual(1e-4);
  });
});
