import type { PriorKind } from './pruning-procedure.ts';

/** What a prior's own cut of full size came to, recovered. */
export interface PriorTrial {
  readonly prior: PriorKind;
  /** By the metric of the job, on the windows that judge recoveries. */
  readonly loss: number;
}

/** The first of those with the lowest loss; one that is not finite loses against any. */
export function bestOf(trials: readonly PriorTrial[]): PriorKind {
  const value = ({ loss }: PriorTrial): number => (Number.isFinite(loss) ? loss : Infinity);
  return trials.reduce((best, trial) => (value(trial) < value(best) ? trial : best)).prior;
}

/** How the prior `best` was chosen. */
export interface PriorRace {
  readonly trials: readonly PriorTrial[];
  readonly forwardTokens: number;
}
