import { planMemory } from '@bonsai/model';
import type { MemoryPlan, MemoryRequest, RecoveryWork } from '@bonsai/model';
import type { Backend, WeightPrecision } from '@bonsai/ops';
import type { Measurement, StatisticKind } from '@bonsai/pruning';
import { nothingOf } from './model-target.ts';
import type { ModelTarget } from './model-target.ts';
import { distinctTurns } from './turns.ts';

/** What PlanMemory asks about: a recovery, or statistics if any are named, else masks. */
export interface MemoryPlanRequest {
  readonly windowLengths: readonly number[];
  readonly masks: number;
  readonly measurement: Measurement;
  readonly statistics: readonly StatisticKind[];
  readonly recovery: RecoveryWork | undefined;
}

export interface PlannedMemory extends MemoryPlan {
  readonly precision: WeightPrecision;
}

const totalBytes = ({ weights, activations, workspace }: MemoryPlan): number => weights + activations + workspace;

/**
 * Device memory that a request would take if it were alone: the most of its turns.
 * @param turnTokens forward tokens of a turn
 * @throws what {@link planMemory} throws
 */
export function planRequestMemory(
  { checkpoint, cut }: ModelTarget,
  request: MemoryPlanRequest,
  backend: Backend,
  turnTokens: number,
): PlannedMemory {
  const { windowLengths, masks, measurement, statistics, recovery } = request;
  const plan = (lengths: readonly number[], work: MemoryRequest['work'], without = cut): MemoryPlan =>
    planMemory({ config: checkpoint.config, cut: without, windowLengths: lengths, work }, backend);
  const compared = measurement === 'kl';
  const plans =
    recovery !== undefined
      ? [plan(windowLengths, { recovery })]
      : statistics.length > 0
        ? [plan(windowLengths, { statistics })]
        : distinctTurns(windowLengths, masks, turnTokens).flatMap((turn) => [
            plan(turn.lengths, { masks: turn.masks, compared }),
            ...(compared ? [plan(turn.lengths, { predictions: true }, nothingOf(cut))] : []),
          ]);
  const largest = plans.reduce((most, next) => (totalBytes(next) > totalBytes(most) ? next : most));
  return { ...largest, precision: backend.weightPrecision };
}
