import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { loadTokenizer, modelShape, openCheckpoint } from '@bonsai/checkpoint';
import { UnitTable, emptySet } from '@bonsai/pruning';
import { naiveNll } from '../export/support/naive-forward.ts';
import { bonsai, demoModel, document } from './bonsai-process.ts';
import { useScratchFolder } from './scratch-folder.ts';

const scratch = useScratchFolder();

/** Spaces before and between, a choice of several tokens, two questions that share their context. */
const QUESTIONS = [
  { context: 'The Congress of the United', choices: [' States', ' potatoes and onions', ' Kingdom'], answer: 0 },
  { context: 'The Congress of the United ', choices: ['States', 'kettle'], answer: 0 },
  { context: 'Fellow-citizens of the Senate and of the House of', choices: [' sand', ' Representatives'], answer: 0 },
];

/** By a plain float64 forward: minus the NLL of the tokens that the choice adds to the context. */
async function expectedLogLikelihoods(): Promise<number[][]> {
  const checkpoint = await openCheckpoint(demoModel);
  const tokenizer = await loadTokenizer(demoModel);
  const none = emptySet(new UnitTable(modelShape(checkpoint.config)));
  const lead = tokenizer.bosId === undefined ? [] : [tokenizer.bosId];
  const results: number[][] = [];
  for (const { context, choices } of QUESTIONS) {
    const before = lead.length + tokenizer.encode(context.trimEnd()).length;
    const ofChoices: number[] = [];
    for (const choice of choices) {
      const window = Uint32Array.from([...lead, ...tokenizer.encode(context + choice)]);
      const nll = await naiveNll(checkpoint, none, window);
      ofChoices.push(-nll.slice(before - 1).reduce((sum, value) => sum + value, 0));
    }
    results.push(ofChoices);
  }
  await checkpoint.close();
  return results;
}

describe('bonsai eval --choices', () => {
  it('scores every choice as a plain forward pass does, and says how many are right', async () => {
    const file = scratch('questions.jsonl');
    await writeFile(file, `${QUESTIONS.map((question) => JSON.stringify(question)).join('\n')}\n\n`);
    const command = ['eval', '--model', demoModel, '--choices', file, '--precision', 'f32', '--json'];
    const { code, out, err } = await bonsai(command);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const result = document(out);
    const expected = await expectedLogLikelihoods();
    const found = result['log_likelihoods'] as number[][];
    for (const [i, values] of expected.entries()) {
      expect(found[i]).toHaveLength(values.length);
      for (const [j, value] of values.entries()) expect(found[i]?.[j]).toBeCloseTo(value, 3);
    }
    const right = expected.map((values, i) => values.indexOf(Math.max(...values)) === QUESTIONS[i]?.answer);
    expect(right).toEqual([true, true, false]);
    expect(result).toMatchObject({ questions: 3, accuracy: 2 / 3, accuracy_error: expect.closeTo(1 / 3, 12) });
  });

  it('names the line that is no question', async () => {
    const file = scratch('broken.jsonl');
    await writeFile(file, `${JSON.stringify(QUESTIONS[0])}\n{"context": "a", "choices": ["b", "c"], "answer": 2}\n`);
    const { code, err } = await bonsai(['eval', '--model', demoModel, '--choices', file]);
    expect(code).toBe(1);
    expect(err).toContain('broken.jsonl:2');
  });
});
