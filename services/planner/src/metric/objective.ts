import { meanKl, meanNll } from '@bonsai/pruning';
import type { LossesRequest, Measurement, WindowLoss } from '@bonsai/pruning';

/** Makes the one number per mask that a method minimises of what a scorer found window by window. */
export interface Objective {
  /** @param measured per mask of the request, one entry per window */
  losses(
    request: LossesRequest,
    measured: readonly (readonly WindowLoss[])[],
    signal: AbortSignal,
  ): Promise<readonly number[]>;
}

/** The mean per token of what scorers measure. */
export const MEASURED: Readonly<Record<Measurement, Objective>> = {
  nll: { losses: (_request, measured) => Promise.resolve(measured.map(meanNll)) },
  kl: { losses: (_request, measured) => Promise.resolve(measured.map(meanKl)) },
};
