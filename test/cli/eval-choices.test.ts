import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadTokenizer, modelShape, openCheckpoint } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { naiveForward } from '@bonsai/model/testing';
import { DEFAULT_SETTINGS, buildPlan, planDocument } from '@bonsai/planner';
import { UnitTable, emptySet } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, demoModel, document } from './bonsai-process.ts';

const scratch = useTemporaryDirectory();

/** Spaces before and between, a choice of several tokens, two questions that share their context. */
const QUESTIONS = [
  { context: 'The Congress of the United', choices: [' States', ' potatoes and onions', ' Kingdom'], answer: 0 },
  { context: 'The Congress of the United ', choices: ['States', 'kettle'], answer: 0 },
  { context: 'Fellow-citizens of the Senate and of the House of', choices: [' sand', ' Representatives'], answer: 0 },
];

/** By a plain float64 forward: minus the NLL of the tokens that the choice adds to the context. */
async function expectedLogLikelihoods(checkpoint: Checkpoint, removed: UnitSet): Promise<number[][]> {
  const tokenizer = await loadTokenizer(demoModel);
  const lead = tokenizer.bosId === undefined ? [] : [tokenizer.bosId];
  const results: number[][] = [];
  for (const { context, choices } of QUESTIONS) {
    const before = lead.length + tokenizer.encode(context.trimEnd()).length;
    const ofChoices: number[] = [];
    for (const choice of choices) {
      const window = Uint32Array.from([...lead, ...tokenizer.encode(context + choice)]);
      const { nll } = await naiveForward(checkpoint, removed, window);
      ofChoices.push(-nll.slice(before - 1).reduce((sum, value) => sum + value, 0));
    }
    results.push(ofChoices);
  }
  return results;
}

/** A plan that removes the given units of the demo model. */
function planOf({ revision, config }: Checkpoint, cut: UnitSet): string {
  const shape = modelShape(config);
  const { family, vocabSize, contextLength } = config;
  const spec = {
    model: { path: 'demo', revision },
    calibration: 'c'.repeat(64),
    metricService: undefined,
    settings: { ...DEFAULT_SETTINGS, sparsity: 0.1 },
  };
  const outcome = { cut, importance: new Float64Array(cut.length), rounds: [] };
  return planDocument(
    buildPlan(spec, { revision, family, shape, vocabSize, contextLength, otherParameters: 0 }, outcome),
  );
}

describe('bonsai eval --choices', () => {
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    checkpoint = await openCheckpoint(demoModel);
    await writeFile(
      scratch.path('questions.jsonl'),
      `${QUESTIONS.map((question) => JSON.stringify(question)).join('\n')}\n\n`,
    );
  });
  afterAll(() => checkpoint.close());

  async function evaluated(...options: string[]): Promise<Record<string, unknown>> {
    const files = ['--choices', scratch.path('questions.jsonl'), ...options];
    const { code, out, err } = await bonsai(['eval', '--model', demoModel, ...files, '--precision', 'f32', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return document(out);
  }

  function expectLikelihoods(result: Record<string, unknown>, expected: readonly (readonly number[])[]): void {
    const found = result['log_likelihoods'] as number[][];
    expect(found.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
    for (const [i, value] of expected.flat().entries()) expect(found.flat()[i]).toBeCloseTo(value, 3);
  }

  it('scores every choice as a plain forward pass does, and says how many are right', async () => {
    const units = new UnitTable(modelShape(checkpoint.config));
    const expected = await expectedLogLikelihoods(checkpoint, emptySet(units));
    const result = await evaluated();
    expectLikelihoods(result, expected);
    const right = expected.map((values, i) => values.indexOf(Math.max(...values)) === QUESTIONS[i]?.answer);
    expect(right).toEqual([true, true, false]);
    expect(result).toMatchObject({ questions: 3, accuracy: 2 / 3, accuracy_error: expect.closeTo(1 / 3, 12) });
  });

  it('measures the model as a plan prunes it', async () => {
    const units = new UnitTable(modelShape(checkpoint.config));
    const ofBlocks = units.module(0, 'queryHead').start;
    const cut = emptySet(units).map((_, id) => (id < ofBlocks && id % 3 === 0 ? 1 : 0));
    const { start, count } = units.module(2, 'queryHead');
    for (let head = 1; head < count; head += 2) cut[start + head] = 1;
    await writeFile(scratch.path('plan.json'), planOf(checkpoint, cut));
    expectLikelihoods(
      await evaluated('--plan', scratch.path('plan.json')),
      await expectedLogLikelihoods(checkpoint, cut),
    );
  });

  it('names the line that is no question', async () => {
    const file = scratch.path('broken.jsonl');
    await writeFile(file, `${JSON.stringify(QUESTIONS[0])}\n{"context": "a", "choices": ["b", "c"], "answer": 2}\n`);
    const { code, err } = await bonsai(['eval', '--model', demoModel, '--choices', file]);
    expect(code).toBe(1);
    expect(err).toContain('broken.jsonl:2');
  });
});
