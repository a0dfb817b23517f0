import type { Recovery, RecoveryOutcome, RecoverySettings, RecoveryTrial } from './recovery.ts';
import type { PriorRace } from './prior-race.ts';
import type { ConstraintCosts } from './constraint-costs.ts';
import type { WidthConstraints } from './width-constraints.ts';
import type { Target } from './target.ts';
import type { PrunedUnit } from '../units/pruned-units.ts';
import type { UnitSet } from '../units/unit-set.ts';
import type { LayerStatistics, StatisticKind } from './layer-statistics.ts';

/** Rise of the loss that a mask makes: as predicted by a fit to all other masks, and as measured. */
export interface MaskFit {
  readonly predicted: number;
  readonly measured: number;
}

/** What was learned in one round; see RoundEvidence in plan.proto for the fields' meaning. */
export interface RoundEvidence {
  readonly round: number;
  readonly masks: number;
  readonly forwardTokens: number;
  readonly baseLoss: number;
  readonly looR2: number | undefined;
  readonly kendallTau: number | undefined;
  readonly looR2WithoutTopModule: number | undefined;
  readonly maskFits: readonly MaskFit[];
  readonly removedParameters: number;
  readonly removedKvGroups: number;
  /** With their groups or without. */
  readonly removedQueryHeads: number;
  readonly removedFfnNeurons: number;
}

/** Statistics of the model without the units in `cut`, over the named calibration windows. Answer: one entry per layer. */
export interface StatisticsRequest {
  readonly kind: 'statistics';
  readonly cut: UnitSet;
  readonly windows: readonly number[];
  readonly statistics: readonly StatisticKind[];
  /** What makes up for the cut; absent: nothing. */
  readonly recovery?: Recovery | undefined;
}

/**
 * Loss of the model without `cut` and without each mask in turn, on the named windows. Answer: MaskLosses. What they are computed
 * from is the metric's business.
 */
export interface LossesRequest {
  readonly kind: 'losses';
  readonly cut: UnitSet;
  readonly masks: readonly UnitSet[];
  readonly windows: readonly number[];
  /** What makes up for the cut; absent: nothing. */
  readonly recovery?: Recovery | undefined;
}

/** Lower is better, not finite for a mask that broke the model. */
export interface MaskLosses {
  /** One number per mask. */
  readonly losses: readonly number[];
  /** The same of every window by itself, [masks][windows]; absent where the metric only judges windows together. */
  readonly byWindow?: readonly (readonly number[])[];
}

/** Recovery of the model without `cut`, module by module, as far as the held-out windows approve. Answer: the trials. */
export interface RecoverRequest extends Omit<Recovery, 'modules'> {
  readonly kind: 'recover';
  readonly cut: UnitSet;
  readonly heldOut: readonly number[];
}

/** Not a question: tells the driver that a round is over and what is cut now. Answer: none. */
export interface RoundReport {
  readonly kind: 'roundFinished';
  readonly evidence: RoundEvidence;
  readonly cut: UnitSet;
}

export type PruningRequest = StatisticsRequest | LossesRequest | RecoverRequest | RoundReport;

export type PruningAnswer =
  | { readonly kind: 'statistics'; readonly layers: readonly LayerStatistics[] }
  | ({ readonly kind: 'losses' } & MaskLosses)
  | { readonly kind: 'recovery'; readonly trials: readonly RecoveryTrial[] }
  | { readonly kind: 'noted' };

export interface PruningOutcome {
  readonly cut: UnitSet;
  /** Last estimate, per unit id, of the rise of the loss if the unit alone is removed; 0 if never estimated. */
  readonly importance: Float64Array;
  readonly rounds: readonly RoundEvidence[];
  /** What makes up for the cut; absent: nothing. */
  readonly recovery?: RecoveryOutcome;
  /** Absent where widths are free. */
  readonly constraintCosts?: ConstraintCosts;
  /** Absent where the settings name the prior. */
  readonly priorRace?: PriorRace;
}

/** Settings as a method gets them: the prior is chosen. */
export interface MethodSettings extends PruningSettings {
  readonly prior: PriorKind;
}

/** What a method finds out, which constraints are priced by. */
export interface MethodOutcome extends PruningOutcome {
  /**
   * Last prediction, per unit id, of the damage that its removal does, on a scale of the method's own; undefined where the method
   * has no say in widths.
   */
  readonly damage: Float64Array | undefined;
}

/** A pruning method or a part of one: yields questions, is resumed with their answers, and comes to a result. */
export type Procedure<Result> = Generator<PruningRequest, Result, PruningAnswer>;

/** A method alone; see PruningProcedure. */
export type MethodProcedure = Procedure<MethodOutcome>;

/**
 * A pruning method as a coroutine: it yields questions and is resumed with their answers. It does no I/O, so replaying
 * the same answers gives the same outcome, bit for bit; that is how an interrupted job resumes.
 */
export type PruningProcedure = Procedure<PruningOutcome>;

/** How units are chosen; see the procedure of each for its definition and source. */
export const PRUNING_METHODS = [
  'bonsai',
  'paper',
  'paperLocal',
  'random',
  'priorOnly',
  'magnitude',
  'wandaSp',
  'flap',
  'shortGpt',
  'blockPruner',
] as const;
export type PruningMethod = (typeof PRUNING_METHODS)[number];

/** Parts of the method `bonsai` that can be taken away, to see what they are worth; see README. */
export const INGREDIENTS = [
  'randomQuotas',
  'priorInFit',
  'carriedEstimates',
  'partners',
  'logLoss',
  'probes',
  'posteriorDraws',
  'secondLook',
  'measuredCut',
  'commonSlope',
  'damageNoise',
  'jointDraws',
  'priorCut',
] as const;
export type Ingredient = (typeof INGREDIENTS)[number];

export type PriorKind = 'magnitude' | 'wanda' | 'fluctuation' | 'energy' | 'obs' | 'random';

/** `best`: `obs` or `energy`, by what a cut of full size by each leaves once it is recovered. */
export type PriorChoice = PriorKind | 'best';

/** Widths may be constrained; absent: any layout, an alignment of 1, minimums of 0. */
export interface PruningSettings extends Partial<WidthConstraints> {
  readonly method: PruningMethod;
  readonly prior: PriorChoice;
  /** Share of the prunable parameters to remove, in (0, 1); 0 with a target. */
  readonly sparsity: number;
  /** Instead of a share: a limit on what is left. */
  readonly target?: Target;
  /** Whether the share is the least to remove, not the most; absent: no. */
  readonly atLeast?: boolean;
  readonly rounds: number;
  readonly masksPerRound: number;
  readonly windowsPerMask: number;
  readonly seed: number;
  /** Cost of a round's candidate pool as a multiple of what the round removes, at least 1. */
  readonly poolFactor: number;
  /** Ingredients that `bonsai` does without; absent: none. */
  readonly without?: readonly Ingredient[];
  /** What may be removed; absent: FFN neurons and KV groups. */
  readonly units?: readonly PrunedUnit[];
  /** Layers of which nothing is removed; absent: none. The budget stays that of the whole model. */
  readonly protectedLayers?: readonly number[];
  /** How and when removed units are made up for; absent: not at all. */
  readonly recovery?: RecoverySettings;
}
