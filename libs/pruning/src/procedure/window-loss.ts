import type { MaskLosses } from '../contract/pruning-procedure.ts';

/** What is measured of a window: its NLL, or that and the divergence from what the whole model predicts. */
export type Measurement = 'nll' | 'kl';

/** Sums over the predicted tokens of one window, in nats, and their number. */
export interface WindowLoss {
  /** Of the next token's negative log-likelihood. */
  readonly nllSum: number;
  readonly tokenCount: number;
  /** Of KL(whole model || this one), between distributions of the next token; only with measurement `kl`. */
  readonly klSum?: number;
}

/** Mean NLL per predicted token over all windows: the loss that methods minimise unless another metric is named. */
export function meanNll(windows: readonly WindowLoss[]): number {
  return perToken(windows, ({ nllSum }) => nllSum);
}

/** What a method is told of masks by a metric that is a mean over tokens. @param measured per mask, one entry per window */
export function maskLosses(measured: readonly (readonly WindowLoss[])[], mean = meanNll): MaskLosses {
  const byWindow = measured.map((windows) => windows.map((window) => mean([window])));
  return { losses: measured.map((windows) => mean(windows)), byWindow };
}

/** Mean divergence from the whole model per predicted token; NaN if it was not measured. */
export function meanKl(windows: readonly WindowLoss[]): number {
  return perToken(windows, ({ klSum }) => klSum ?? NaN);
}

function perToken(windows: readonly WindowLoss[], sumOf: (window: WindowLoss) => number): number {
  let sum = 0;
  let tokens = 0;
  for (const window of windows) {
    sum += sumOf(window);
    tokens += window.tokenCount;
  }
  return sum / tokens;
}
