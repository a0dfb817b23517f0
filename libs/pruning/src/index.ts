export type { ModelShape, UnitCosts } from './units/model-shape.ts';
export { withQueryHeads } from './units/model-shape.ts';
export { prunableUnits } from './units/prunable-units.ts';
export type { PrunedUnit } from './units/pruned-units.ts';
export { UnitTable, unitIds } from './units/unit-table.ts';
export type { BlockKind, Module, UnitKind } from './units/unit-table.ts';
export { cutFromKept, keptLayers } from './units/kept-layers.ts';
export type { KeptLayer } from './units/kept-layers.ts';
export { keptQueryHeads, withoutHeadsOfGroups } from './units/kept-heads.ts';
export { checkRemoval } from './units/check-removal.ts';
export { unevenLayer } from './units/removals.ts';
export { costOf, countIn, emptySet, isEmpty, keptIndices, union } from './units/unit-set.ts';
export type { UnitSet } from './units/unit-set.ts';
export type { LayerStatistics, StatisticKind, UnitStatistics } from './contract/layer-statistics.ts';
export type {
  Ingredient,
  LossesRequest,
  MaskFit,
  MaskLosses,
  PriorChoice,
  PruningAnswer,
  PruningMethod,
  PruningOutcome,
  PruningProcedure,
  PruningRequest,
  PruningSettings,
  RecoverRequest,
  RoundEvidence,
  StatisticsRequest,
} from './contract/pruning-procedure.ts';
export { maskLosses, meanKl, meanNll } from './procedure/window-loss.ts';
export type { Measurement, WindowLoss } from './procedure/window-loss.ts';
export { obsMultiplications, refitMultiplications } from './contract/host-algebra.ts';
export { keptModules, RECOVERY_RIDGE } from './contract/recovery.ts';
export { fitTokens, recoveryWindows, trialTokens } from './recovery/recovery-windows.ts';
export { appliedRecovery } from './recovery/recover-cut.ts';
export type {
  ModuleName,
  Recovery,
  RecoveryMethod,
  RecoveryOutcome,
  RecoveryRecipe,
  RecoverySchedule,
  RecoverySettings,
  RecoverySource,
  RecoveryTrial,
  TriedRecovery,
} from './contract/recovery.ts';
export { createProcedure } from './procedure/create-procedure.ts';
export { mostRounds } from './procedure/most-rounds.ts';
export type { PruningProblem } from './contract/pruning-problem.ts';
export type { ConstraintCost, ConstraintCosts } from './contract/constraint-costs.ts';
export type { Layout, WidthConstraints } from './contract/width-constraints.ts';
export type { ExportFormat, Resource, ResourceCosts, Target } from './contract/target.ts';
export { resourceCosts } from './target/resource-costs.ts';
export { fitLatency } from './target/fit-latency.ts';
export type { LatencyFit, TimedWidths } from './target/fit-latency.ts';
export { defaultPrior, fitsPerplexity, statisticsOf } from './contract/method-traits.ts';
export { roundWindows } from './sampling/round-windows.ts';
export type { PriorRace } from './contract/prior-race.ts';
export { countWork } from './plan/job-work.ts';
export type { JobWork } from './plan/job-work.ts';
export { planBudget } from './plan/plan-budget.ts';
export { planDigest } from './plan/plan-digest.ts';
export { rSquared } from './regression/fit-diagnostics.ts';
export { kendallTau } from './regression/kendall-tau.ts';
export { identifiedDirections } from './sampling/identified-directions.ts';
