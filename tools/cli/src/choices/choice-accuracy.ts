import type { Question } from './read-choices.ts';

/** What `bonsai eval --choices --json` prints. */
export interface ChoicesDocument {
  readonly questions: number;
  /** Share of questions whose right choice has the highest log-likelihood. */
  readonly accuracy: number;
  /** The same by log-likelihood per character of the choice. */
  readonly accuracy_normalized: number;
  /** Standard error of the two. */
  readonly accuracy_error: number;
  readonly accuracy_normalized_error: number;
  /** Mean of the right choice's log-likelihood minus the best wrong one's, in nats: moves long before an answer changes. */
  readonly margin: number;
  /** Per question and choice, in nats. */
  readonly log_likelihoods: readonly (readonly number[])[];
}

/** @param logLikelihoods of all choices, question by question */
export function choicesDocument(questions: readonly Question[], logLikelihoods: readonly number[]): ChoicesDocument {
  let at = 0;
  const ofQuestions = questions.map(({ choices }) => logLikelihoods.slice(at, (at += choices.length)));
  const scored = questions.map((question, i) => ({ question, raw: ofQuestions[i] ?? [] }));
  const hits = scored.map(({ question, raw }) => isRight(question, raw));
  const normalizedHits = scored.map(({ question, raw }) =>
    isRight(
      question,
      raw.map((value, choice) => value / characters(question.choices[choice] ?? '')),
    ),
  );
  return {
    questions: questions.length,
    accuracy: mean(hits),
    accuracy_normalized: mean(normalizedHits),
    accuracy_error: standardError(hits),
    accuracy_normalized_error: standardError(normalizedHits),
    margin: mean(scored.map(({ question, raw }) => margin(question, raw))),
    log_likelihoods: ofQuestions,
  };
}

/** 1 or 0; of equal choices the first is the one that is chosen. */
function isRight({ answer }: Question, values: readonly number[]): number {
  return values.indexOf(Math.max(...values)) === answer ? 1 : 0;
}

function margin({ answer }: Question, values: readonly number[]): number {
  return (values[answer] ?? NaN) - Math.max(...values.filter((_, choice) => choice !== answer));
}

/** Code points, as Python counts them. */
const characters = (text: string): number => Array.from(text).length;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of the mean of a sample; 0 for a single value. */
function standardError(values: readonly number[]): number {
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1) / values.length);
}
