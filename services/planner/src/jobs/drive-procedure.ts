import { isEmpty, meanNll } from '@bonsai/pruning';
import type { LossesRequest, PruningAnswer, PruningOutcome, PruningProcedure, PruningRequest } from '@bonsai/pruning';
import type { WindowLoss } from '@bonsai/pruning';
import type { Evaluator } from '../evaluations/evaluator.ts';
import type { Objective } from '../metric/objective.ts';
import type { ProgressTracker } from './progress-tracker.ts';

/** Asks the method's questions one after the other until it has decided. Stops between questions when told to. */
export async function driveProcedure(
  procedure: PruningProcedure,
  evaluator: Evaluator,
  objective: Objective,
  tracker: ProgressTracker,
  signal: AbortSignal,
): Promise<PruningOutcome> {
  let step = procedure.next();
  while (step.done !== true) {
    signal.throwIfAborted();
    step = procedure.next(await answer(step.value, evaluator, objective, tracker, signal));
  }
  return step.value;
}

async function answer(
  request: PruningRequest,
  evaluator: Evaluator,
  objective: Objective,
  tracker: ProgressTracker,
  signal: AbortSignal,
): Promise<PruningAnswer> {
  switch (request.kind) {
    case 'statistics':
      return { kind: 'statistics', layers: await evaluator.statistics(request, signal) };
    case 'losses': {
      const measured = await evaluator.losses(request, signal);
      noteUnmasked(request, measured, tracker);
      return { kind: 'losses', ...(await objective.losses(request, measured, signal)) };
    }
    case 'recover':
      return { kind: 'recovery', trials: await evaluator.trials(request, signal) };
    case 'roundFinished':
      tracker.roundFinished(request.evidence);
      return { kind: 'noted' };
  }
}

/** A mask that removes nothing measures the model as cut so far. */
function noteUnmasked(
  request: LossesRequest,
  measured: readonly (readonly WindowLoss[])[],
  tracker: ProgressTracker,
): void {
  const unmasked = measured[request.masks.findIndex(isEmpty)];
  if (unmasked !== undefined) tracker.measured(meanNll(unmasked));
}
