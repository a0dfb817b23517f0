import { maskLosses, meanKl, meanNll } from '@bonsai/pruning';
import type { LossesRequest, MaskLosses, Measurement, WindowLoss } from '@bonsai/pruning';

/** Makes the one number per mask that a method minimises of what a scorer found window by window, and that of each window. */
export interface Objective {
  /** @param measured per mask of the request, one entry per window */
  losses(
    request: LossesRequest,
    measured: readonly (readonly WindowLoss[])[],
    signal: AbortSignal,
  ): Promise<MaskLosses>;
}

/** The mean per token of what scorers measure. */
export const MEASURED: Readonly<Record<Measurement, Objective>> = {
  nll: { losses: (_request, measured) => Promise.resolve(maskLosses(measured, meanNll)) },
  kl: { losses: (_request, measured) => Promise.resolve(maskLosses(measured, meanKl)) },
};
