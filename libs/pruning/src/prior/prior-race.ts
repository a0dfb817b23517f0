import type { PriorKind } from '../procedure/pruning-procedure.ts';

/** What a prior's own cut of full size came to, recovered. */
export interface PriorTrial {
  readonly prior: PriorKind;
  /** By the metric of the job, on the windows that judge recoveries. */
  readonly loss: number;
}

/** How the prior `best` was chosen. */
export interface PriorRace {
  readonly trials: readonly PriorTrial[];
  readonly forwardTokens: number;
}
