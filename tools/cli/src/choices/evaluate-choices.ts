import { loadTokenizer } from '@bonsai/checkpoint';
import type { Scorer } from '@bonsai/planner';
import { evaluateModel } from '../evaluation/evaluate-model.ts';
import type { EvaluatedModel } from '../evaluation/evaluate-model.ts';
import { formatTable } from '../output/format.ts';
import { choicesDocument } from './choice-accuracy.ts';
import type { ChoicesDocument } from './choice-accuracy.ts';
import { choiceSpans } from './choice-spans.ts';
import { readChoices } from './read-choices.ts';
import type { Question } from './read-choices.ts';
import { SpanWindows } from './span-windows.ts';

/** Questions in a model's own tokens, ready to be measured. */
export interface ChoicesTask {
  readonly questions: readonly Question[];
  readonly spans: SpanWindows;
}

/** @throws BonsaiError TEXT_EMPTY, REQUEST_INVALID, WINDOW_LENGTH, TOKENIZER_INVALID */
export async function openChoices(path: string, modelDirectory: string, contextLength: number): Promise<ChoicesTask> {
  const questions = await readChoices(path);
  const tokenizer = await loadTokenizer(modelDirectory);
  const spans = questions.flatMap((question) => choiceSpans(tokenizer, question, contextLength));
  return { questions, spans: new SpanWindows(spans) };
}

export async function evaluateChoices(
  scorer: Scorer,
  evaluated: EvaluatedModel,
  { questions, spans }: ChoicesTask,
  signal: AbortSignal,
  onWindow: (done: number) => void,
): Promise<ChoicesDocument> {
  const losses = await evaluateModel(scorer, evaluated, spans.windows, signal, onWindow);
  return choicesDocument(questions, spans.logLikelihoods(losses));
}

export function describeChoices(document: ChoicesDocument): string {
  const share = (value: number, error: number): string => `${value.toFixed(4)} ± ${error.toFixed(4)}`;
  const { accuracy, accuracy_error, accuracy_normalized, accuracy_normalized_error, loss, margin, questions } =
    document;
  const rows = [
    ['accuracy', share(accuracy, accuracy_error)],
    ['accuracy by length', share(accuracy_normalized, accuracy_normalized_error)],
    ['loss in nats', loss.toFixed(4)],
    ['margin in nats', margin.toFixed(4)],
  ];
  return `${formatTable(rows)}\n${questions} questions`;
}
