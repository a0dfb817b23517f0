import type { Backend, Indices } from '@bonsai/ops';
import type { TokenLogits } from '../forward/head.ts';
import type { Holdings } from '../holdings.ts';
import { divergence } from './divergence.ts';
import type { Predictions } from './predictions.ts';

/** Tokens of windows that are one after the other in a batch. */
export function uploadTokens(backend: Backend, predictions: readonly Predictions[], holdings: Holdings): Indices {
  const all = new Uint32Array(predictions.reduce((sum, { tokens }) => sum + tokens.length, 0));
  let at = 0;
  for (const { tokens } of predictions) {
    all.set(tokens, at);
    at += tokens.length;
  }
  return holdings.keep(backend.indices(all));
}

/**
 * KL(predictions || outputs) in nats of every row of outputs.
 * @param predictions of windows of one length
 * @param outputs on the same tokens; rows are ordered (branch, window, position)
 */
export function divergences(predictions: readonly Predictions[], outputs: TokenLogits): Float64Array {
  const windowLength = predictions[0]?.losses.length ?? 0;
  const tokens = outputs.logits.length / outputs.losses.length;
  return Float64Array.from(outputs.losses, (_, row) => {
    const window = Math.floor(row / windowLength) % predictions.length;
    return divergence(predictions[window] as Predictions, row % windowLength, outputs, row, tokens);
  });
}
