import { mean, standardError } from '@bonsai/support';
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
  /** See {@link choicesLoss}. */
  readonly loss: number;
  /** Mean of the right choice's log-likelihood minus the best wrong one's, in nats: moves long before an answer changes. */
  readonly margin: number;
  /** Per question and choice, in nats. */
  readonly log_likelihoods: readonly (readonly number[])[];
}

/** A question with the log-likelihoods of its choices. */
interface Scored {
  readonly question: Question;
  readonly raw: readonly number[];
  /** Per character of the choice. */
  readonly normalized: readonly number[];
}

/** @param logLikelihoods of all choices, question by question */
export function choicesDocument(questions: readonly Question[], logLikelihoods: readonly number[]): ChoicesDocument {
  const scored = scoredQuestions(questions, logLikelihoods);
  const hits = scored.map(({ question, raw }) => isRight(question, raw));
  const normalizedHits = scored.map(({ question, normalized }) => isRight(question, normalized));
  return {
    questions: questions.length,
    accuracy: mean(hits),
    accuracy_normalized: mean(normalizedHits),
    accuracy_error: standardError(hits),
    accuracy_normalized_error: standardError(normalizedHits),
    loss: choicesLoss(questions, logLikelihoods),
    margin: mean(scored.map(({ question, raw }) => margin(question, raw))),
    log_likelihoods: scored.map(({ raw }) => raw),
  };
}

/**
 * What stands in for wrong answers where a number has to be smooth: the mean over questions of -log p in nats, p being the
 * right choice's share of a softmax over the choices' log-likelihoods per character.
 */
export function choicesLoss(questions: readonly Question[], logLikelihoods: readonly number[]): number {
  return mean(
    scoredQuestions(questions, logLikelihoods).map(({ question, normalized }) => {
      const highest = Math.max(...normalized);
      const total = normalized.reduce((sum, value) => sum + Math.exp(value - highest), 0);
      return highest + Math.log(total) - (normalized[question.answer] ?? NaN);
    }),
  );
}

function scoredQuestions(questions: readonly Question[], logLikelihoods: readonly number[]): Scored[] {
  let at = 0;
  return questions.map((question) => {
    const raw = logLikelihoods.slice(at, (at += question.choices.length));
    return { question, raw, normalized: raw.map((value, i) => value / characters(question.choices[i] ?? '')) };
  });
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
