import { digest } from '@bonsai/support';
import type { StatisticKind, UnitSet } from '@bonsai/pruning';
import type { Measurement, Precision } from '../settings/job-settings.ts';

/** What all evaluations of a job have in common. */
export interface EvaluationContext {
  readonly revision: string;
  readonly precision: Precision;
  readonly measurement: Measurement;
}

/** Which content an evaluation is of: equal keys mean equal numbers, whichever job, request or scorer they came from. */
export function lossesKey(
  context: EvaluationContext,
  cut: UnitSet,
  mask: UnitSet,
  windowDigests: readonly string[],
): string {
  // A mask may name units that are already cut; they make no difference.
  const effective = mask.map((member, id) => (cut[id] === 1 ? 0 : member));
  const { revision, precision, measurement } = context;
  return digest('losses', revision, precision, measurement, digest(cut), digest(effective), digest(...windowDigests));
}

export function statisticsKey(
  context: EvaluationContext,
  cut: UnitSet,
  kinds: readonly StatisticKind[],
  windowDigests: readonly string[],
): string {
  const { revision, precision } = context;
  const wanted = digest(...[...new Set(kinds)].sort());
  return digest('statistics.v2', revision, precision, wanted, digest(cut), digest(...windowDigests));
}
