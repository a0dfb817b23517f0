import type { WindowLoss } from '@bonsai/pruning';
import { perplexity, tokenCount } from './perplexity.ts';

/** What `bonsai eval --json` prints. */
export interface EvaluationDocument {
  /** Per window, in nats. */
  readonly nll_sum: readonly number[];
  readonly tokens: number;
  readonly ppl: number;
  readonly masks: readonly { readonly nll_sum: readonly number[]; readonly ppl: number }[];
}

const nllSums = (losses: readonly WindowLoss[]): number[] => losses.map(({ nllSum }) => nllSum);

export function evaluationDocument(
  base: readonly WindowLoss[],
  masks: readonly (readonly WindowLoss[])[],
): EvaluationDocument {
  return {
    nll_sum: nllSums(base),
    tokens: tokenCount(base),
    ppl: perplexity(base),
    masks: masks.map((losses) => ({ nll_sum: nllSums(losses), ppl: perplexity(losses) })),
  };
}
