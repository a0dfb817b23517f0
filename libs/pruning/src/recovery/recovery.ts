import type { UnitKind } from '../units/unit-table.ts';

/** How output projections make up for the units that were removed before them; forward passes are all it takes. */
export type RecoveryMethod = 'leastSquares';

/** Names a module of a model: its o_proj (kind kvGroup) or down_proj (kind ffnNeuron). */
export interface ModuleName {
  readonly layer: number;
  readonly kind: UnitKind;
}

/**
 * A recovery of a cut model: with the cut, the model and the contents of the windows it determines all recovered weights.
 * Modules are recovered in the order of the layers, each on the outputs of those before it.
 */
export interface Recovery {
  readonly method: RecoveryMethod;
  /** What least squares adds to the diagonal of H, as a share of its mean. */
  readonly ridge: number;
  /** Windows that the recovery is fitted on, by index. */
  readonly windows: readonly number[];
  /** Ascending by layer, attention before FFN. */
  readonly modules: readonly ModuleName[];
}

/** What held-out text said of one module's recovery. Mean NLL per token. */
export interface RecoveryTrial extends ModuleName {
  readonly nllBefore: number;
  readonly nllAfter: number;
  /** Whether the recovery was kept: only where the NLL fell. */
  readonly accepted: boolean;
}

/** Published experience: 1 throws the gain away. */
export const RECOVERY_RIDGE = 1e-2;
