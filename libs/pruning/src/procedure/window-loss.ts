/** Sum of next-token NLL (nats) over one window, and the number of tokens that were predicted. */
export interface WindowLoss {
  readonly nllSum: number;
  readonly tokenCount: number;
}

/** Mean NLL per predicted token over all windows: the loss that methods minimise unless another metric is named. */
export function meanNll(windows: readonly WindowLoss[]): number {
  let sum = 0;
  let tokens = 0;
  for (const { nllSum, tokenCount } of windows) {
    sum += nllSum;
    tokens += tokenCount;
  }
  return sum / tokens;
}
