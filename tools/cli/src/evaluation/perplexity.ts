import type { WindowLoss } from '@bonsai/pruning';

/** exp of the mean NLL per predicted token over all windows. */
export function perplexity(losses: readonly WindowLoss[]): number {
  return Math.exp(losses.reduce((sum, { nllSum }) => sum + nllSum, 0) / tokenCount(losses));
}

export function tokenCount(losses: readonly WindowLoss[]): number {
  return losses.reduce((sum, loss) => sum + loss.tokenCount, 0);
}
