import { digest } from '@bonsai/support';
import type { Measurement, RecoveryRecipe, StatisticKind, UnitSet } from '@bonsai/pruning';
import type { Precision } from '../jobs/job-settings.ts';

/** Raised when a method of recovery comes to mean something else. */
const RECOVERY_VERSION = 2;

/** What all evaluations of a job have in common. */
export interface EvaluationContext {
  readonly revision: string;
  readonly precision: Precision;
  readonly measurement: Measurement;
}

/** A recovery with the contents of its windows. */
export interface KeyedRecovery extends RecoveryRecipe {
  readonly windowDigests: readonly string[];
}

/**
 * Which content an evaluation is of: equal keys mean equal numbers, whichever job or request they came from, and whichever scorer on
 * one kind of device.
 */
export function lossesKey(
  context: EvaluationContext,
  cut: UnitSet,
  mask: UnitSet,
  windowDigests: readonly string[],
  recovery?: KeyedRecovery,
): string {
  // A mask may name units that are already cut; they make no difference.
  const effective = mask.map((member, id) => (cut[id] === 1 ? 0 : member));
  const { revision, precision, measurement } = context;
  return digest([
    'losses',
    revision,
    precision,
    measurement,
    baseKey(cut, recovery),
    digest([effective]),
    digest(windowDigests),
  ]);
}

export function statisticsKey(
  context: EvaluationContext,
  cut: UnitSet,
  kinds: readonly StatisticKind[],
  windowDigests: readonly string[],
  recovery?: KeyedRecovery,
): string {
  const { revision, precision } = context;
  const wanted = digest([...new Set(kinds)].sort());
  return digest(['statistics.v4', revision, precision, wanted, baseKey(cut, recovery), digest(windowDigests)]);
}

/** Of the trials that decide a recovery's modules. */
export function trialsKey(
  { revision, precision }: EvaluationContext,
  cut: UnitSet,
  { method, ridge, windowDigests }: Omit<KeyedRecovery, 'modules'>,
  heldOutDigests: readonly string[],
): string {
  const windows = [digest(windowDigests), digest(heldOutDigests)];
  return digest(['trials', RECOVERY_VERSION, revision, precision, digest([cut]), method, ridge, ...windows]);
}

/** Of the recovered weights themselves. */
export function weightsKey({ revision, precision }: EvaluationContext, cut: UnitSet, recovery: KeyedRecovery): string {
  return digest(['weights', revision, precision, baseKey(cut, recovery)]);
}

/** The model that something is evaluated on, but for its revision. */
function baseKey(cut: UnitSet, recovery: KeyedRecovery | undefined): string {
  if (recovery === undefined) return digest([cut]);
  const { method, ridge, modules, windowDigests } = recovery;
  const names = modules.map(({ layer, kind }) => `${layer} ${kind}`);
  return digest(['recovered', RECOVERY_VERSION, digest([cut]), method, ridge, digest(names), digest(windowDigests)]);
}
