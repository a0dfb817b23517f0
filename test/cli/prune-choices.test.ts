import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, demoModel, document } from './bonsai-process.ts';

const scratch = useTemporaryDirectory();

const QUESTIONS = [
  { context: 'The Congress of the United', choices: [' States', ' potatoes and onions', ' Kingdom'], answer: 0 },
  { context: 'The Congress of the United ', choices: ['States', 'kettle'], answer: 0 },
  { context: 'Fellow-citizens of the Senate and of the House of', choices: [' sand', ' Representatives'], answer: 1 },
];

describe('bonsai prune --metric choices', () => {
  it('minimises the loss that bonsai eval measures on the same questions, and finds its job again', async () => {
    const questions = scratch.path('questions.jsonl');
    await writeFile(questions, QUESTIONS.map((question) => JSON.stringify(question)).join('\n'));
    const asked = ['--model', demoModel, '--choices', questions];
    const search = ['--sparsity', '0.1', '--rounds', '1', '--masks', '8', '--store', scratch.path('jobs.sqlite')];
    const prune = ['prune', ...asked, '--metric', 'choices', ...search, '--format', 'none', '--json'];
    const first = await bonsai([...prune, '--out', scratch.path('out')]);
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' });
    const result = document(first.out);

    const evaluation = await bonsai(['eval', ...asked, '--json']);
    const { loss } = document(evaluation.out);
    expect(result['rounds']).toMatchObject([{ base_nll: loss }]);
    const { settings } = JSON.parse(await readFile(scratch.path('out/plan.json'), 'utf8')) as { settings: object };
    expect(settings).toMatchObject({ metric: 'METRIC_USER', userMetric: { name: 'multiple-choice' } });

    const again = await bonsai([...prune, '--out', scratch.path('again')]);
    expect(document(again.out)).toMatchObject({ job: result['job'], plan_digest: result['plan_digest'] });
  });
});
