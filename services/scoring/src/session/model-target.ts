import type { Checkpoint } from '@bonsai/checkpoint';
import type { WeightPrecision } from '@bonsai/ops';
import { isEmpty } from '@bonsai/pruning';
import type { RecoverySource, UnitSet } from '@bonsai/pruning';

/** A checkpoint with some units cut out of its weights. */
export interface ModelTarget {
  /** As the client names it, for the list of loaded models. */
  readonly path: string;
  /** Open for the time of the request. */
  readonly checkpoint: Checkpoint;
  readonly cut: UnitSet;
  readonly precision: WeightPrecision;
  /** What makes up for the cut; undefined: nothing. */
  readonly recovery: RecoverySource | undefined;
}

/** The set of no units of the same model. */
export const nothingOf = (set: UnitSet): UnitSet => new Uint8Array(set.length);

/** Whether nothing is cut of a target and nothing makes up for it. */
export const isWhole = ({ cut, recovery }: ModelTarget): boolean => recovery === undefined && isEmpty(cut);

/** Names the model of a target of which nothing is cut and to which nothing was done. */
export function wholeModelOf({ checkpoint, precision }: ModelTarget): string {
  return `${checkpoint.revision}/${precision}`;
}
