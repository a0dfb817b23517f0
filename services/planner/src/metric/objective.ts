import { meanNll } from '@bonsai/pruning';
import type { LossesRequest, WindowLoss } from '@bonsai/pruning';

/** Makes the one number per mask that a method minimises of what a scorer found window by window. */
export interface Objective {
  /** @param measured per mask of the request, one entry per window */
  losses(
    request: LossesRequest,
    measured: readonly (readonly WindowLoss[])[],
    signal: AbortSignal,
  ): Promise<readonly number[]>;
}

export const MEAN_NLL: Objective = {
  losses: (_request, measured) => Promise.resolve(measured.map(meanNll)),
};
