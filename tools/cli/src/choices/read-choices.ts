import { invalidArgument, isJsonObject, parseJsonObject } from '@bonsai/support';
import { readText } from '../text/read-text.ts';

/** One multiple-choice question, as lm-evaluation-harness poses them: which text goes on best? */
export interface Question {
  readonly context: string;
  readonly choices: readonly string[];
  /** Index of the right choice. */
  readonly answer: number;
}

/**
 * A JSONL file with one question per line: {"context": "...", "choices": ["...", ...], "answer": index}. Choices are appended
 * to the context as they stand, so that they bring their own leading space.
 * @throws BonsaiError TEXT_EMPTY, REQUEST_INVALID naming the line
 */
export async function readChoices(path: string): Promise<Question[]> {
  const lines = (await readText(path, '--choices')).split('\n');
  return lines.flatMap((line, i) => (line.trim() === '' ? [] : [parseQuestion(line, `${path}:${i + 1}`)]));
}

function parseQuestion(line: string, where: string): Question {
  const value = parseJsonObject(line);
  if (isQuestion(value)) return { context: value.context, choices: value.choices, answer: value.answer };
  const message = `${where} is no question; write {"context": "...", "choices": ["...", "..."], "answer": index of the right one}.`;
  throw invalidArgument('REQUEST_INVALID', '--choices', message);
}

function isQuestion(value: unknown): value is Question {
  if (!isJsonObject(value)) return false;
  const { context, choices, answer } = value;
  return (
    typeof context === 'string' &&
    Array.isArray(choices) &&
    choices.length >= 2 &&
    choices.every((choice) => typeof choice === 'string' && choice !== '') &&
    Number.isSafeInteger(answer) &&
    Number(answer) >= 0 &&
    Number(answer) < choices.length
  );
}
