import { meanKl } from '@bonsai/pruning';
import type { WindowLoss } from '@bonsai/pruning';
import { perplexity, tokenCount } from './perplexity.ts';

/** What `bonsai eval --json` prints. */
export interface EvaluationDocument extends Evaluation {
  readonly tokens: number;
  readonly masks: readonly Evaluation[];
}

/** Of one model on all windows. */
interface Evaluation {
  /** Per window, in nats. */
  readonly nll_sum: readonly number[];
  readonly ppl: number;
  /** Divergence from the whole model per window, and per token: where it was asked for. */
  readonly kl_sum?: readonly number[];
  readonly kl?: number;
}

export function evaluationDocument(
  base: readonly WindowLoss[],
  masks: readonly (readonly WindowLoss[])[],
): EvaluationDocument {
  const { nll_sum, ...rest } = evaluation(base);
  return { nll_sum, tokens: tokenCount(base), ...rest, masks: masks.map(evaluation) };
}

function evaluation(losses: readonly WindowLoss[]): Evaluation {
  const klSums = losses.flatMap(({ klSum }) => (klSum === undefined ? [] : [klSum]));
  return {
    nll_sum: losses.map(({ nllSum }) => nllSum),
    ppl: perplexity(losses),
    ...(klSums.length === 0 ? {} : { kl_sum: klSums, kl: meanKl(losses) }),
  };
}
