import type { Scorer } from './scorer.ts';

/** Connects to one of the scorers, another one each time. */
export type OpenScorer = () => Scorer;

/** Runs `body` with one of the scorers, which keeps the models that it is asked about. */
export async function withScorer<T>(openScorer: OpenScorer, body: (scorer: Scorer) => Promise<T>): Promise<T> {
  const scorer = openScorer();
  try {
    return await body(scorer);
  } finally {
    scorer.close();
  }
}
