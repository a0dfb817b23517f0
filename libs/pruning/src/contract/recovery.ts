import type { BlockKind } from '../units/unit-table.ts';

/**
 * How output projections make up for the units that were removed before them; forward passes are all it takes. `leastSquares`
 * aims at what the whole block would make of the inputs that it gets now, `alignedLeastSquares` halfway from there at what would
 * bring the residual stream to that of the whole model, and refits the gains of the final norm as well.
 */
export type RecoveryMethod = 'leastSquares' | 'alignedLeastSquares' | 'bias';

/**
 * Names what is recovered: the output projection of a layer's attention or FFN, or the final norm, behind the last layer.
 */
export interface ModuleName {
  readonly layer: number;
  readonly kind: BlockKind | 'finalNorm';
}

/** With a model, a cut of it and the windows to fit on, this determines all recovered weights, bit by bit. */
export interface RecoveryRecipe {
  readonly method: RecoveryMethod;
  /** What least squares adds to the diagonal of the inputs' Gram matrix, as a share of its mean; 0 for biases. */
  readonly ridge: number;
  /** Ascending by layer, attention before FFN, the final norm last; each is recovered on the outputs of those before it. */
  readonly modules: readonly ModuleName[];
}

/** A recipe with its calibration windows, by index. */
export interface Recovery extends RecoveryRecipe {
  readonly windows: readonly number[];
}

/** A recipe with the token windows that it is fitted on. */
export interface RecoverySource extends RecoveryRecipe {
  readonly windows: readonly Uint32Array[];
}

/** A recovery whose modules held-out windows decide on. */
export interface TriedRecovery extends Omit<RecoverySource, 'modules'> {
  readonly heldOut: readonly Uint32Array[];
}

/** What held-out text said of one module's recovery. Mean NLL per token. */
export interface RecoveryTrial {
  readonly module: ModuleName;
  readonly nllBefore: number;
  readonly nllAfter: number;
  /** Whether the recovery is kept by itself: only where the NLL fell. */
  readonly accepted: boolean;
}

/**
 * What held-out text said of all recoveries together, asked where one of them was refused: that judges a recovery before the blocks
 * behind it are recovered. Losses by the metric of the job.
 */
export interface TogetherTrial {
  /** With those alone that were accepted one by one. */
  readonly lossOfAccepted: number;
  readonly lossOfAll: number;
  /** Whether all are kept: only where that loss is lower. */
  readonly accepted: boolean;
}

/** Share of the mean diagonal that is added to the inputs' Gram matrix. Published experience: 1 throws the gain away. */
export const RECOVERY_RIDGE = 1e-2;

/** When models are recovered: after every round, so that the next one measures the recovered model, or after the last. */
export type RecoverySchedule = 'everyRound' | 'atEnd';

export interface RecoverySettings {
  readonly method: RecoveryMethod;
  readonly schedule: RecoverySchedule;
}

/** The recovery of a method's result. */
export interface RecoveryOutcome extends Recovery {
  /** Calibration windows that judged, by index; none was fitted on. */
  readonly heldOut: readonly number[];
  /** Of all modules that have lost something and kept something, and of the final norm where the method refits it. */
  readonly trials: readonly RecoveryTrial[];
  /** Absent where every trial was accepted, or the only one refused. */
  readonly together?: TogetherTrial | undefined;
  /** Of all recoveries of all rounds, at most. */
  readonly forwardTokens: number;
}

/** The modules whose recoveries are kept, in the order of their trials, under whichever names the trials give them. */
export function keptModules<Name>({
  trials,
  together,
}: {
  readonly trials: readonly { readonly module: Name; readonly accepted: boolean }[];
  readonly together?: Pick<TogetherTrial, 'accepted'> | undefined;
}): Name[] {
  const kept = together?.accepted === true ? trials : trials.filter(({ accepted }) => accepted);
  return kept.map(({ module }) => module);
}
