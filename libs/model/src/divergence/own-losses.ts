import type { WindowLoss } from '@bonsai/pruning';
import { sumLosses } from '../forward/sum-losses.ts';
import type { Predictions } from './predictions.ts';

/**
 * What {@link TransformerModel.evaluate} comes to, bit by bit, for the model that made the predictions, nothing masked,
 * compared with itself: running it again would tell nothing new.
 */
export function ownLosses(predictions: readonly Predictions[]): WindowLoss[] {
  return predictions.map(({ losses }) => {
    const tokenCount = losses.length - 1;
    return { nllSum: sumLosses(losses, 0, tokenCount), tokenCount, klSum: 0 };
  });
}
