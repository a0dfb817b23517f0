import type { Measurement, UnitSet, WindowLoss } from '@bonsai/pruning';

/** Masks by index; unpacked when their turn comes, since a set takes a byte per unit. */
export interface MaskSource {
  readonly count: number;
  at(index: number): UnitSet;
}

export interface EvaluationWork {
  readonly windows: readonly Uint32Array[];
  readonly masks: MaskSource;
  readonly measurement: Measurement;
}

/** Losses of one mask on some consecutive windows. */
export interface PartialScore {
  readonly mask: number;
  readonly firstWindow: number;
  readonly losses: readonly WindowLoss[];
}
