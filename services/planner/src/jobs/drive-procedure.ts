import type { LossesRequest, PruningAnswer, PruningOutcome, PruningProcedure, PruningRequest } from '@bonsai/pruning';
import type { WindowLoss } from '@bonsai/pruning';
import type { Evaluator } from '../evaluations/evaluator.ts';
import type { ProgressTracker } from './progress-tracker.ts';

/** Asks the method's questions one after the other until it has decided. Stops between questions when told to. */
export async function driveProcedure(
  procedure: PruningProcedure,
  evaluator: Evaluator,
  tracker: ProgressTracker,
  signal: AbortSignal,
): Promise<PruningOutcome> {
  let step = procedure.next();
  while (step.done !== true) {
    signal.throwIfAborted();
    step = procedure.next(await answer(step.value, evaluator, tracker, signal));
  }
  return step.value;
}

async function answer(
  request: PruningRequest,
  evaluator: Evaluator,
  tracker: ProgressTracker,
  signal: AbortSignal,
): Promise<PruningAnswer> {
  switch (request.kind) {
    case 'statistics':
      return { kind: 'statistics', layers: await evaluator.statistics(request, signal) };
    case 'losses': {
      const masks = await evaluator.losses(request, signal);
      noteUnmasked(request, masks, tracker);
      return { kind: 'losses', masks };
    }
    case 'roundFinished':
      tracker.roundFinished(request.evidence);
      return { kind: 'noted' };
  }
}

/** A mask that removes nothing measures the model as cut so far. */
function noteUnmasked(
  request: LossesRequest,
  losses: readonly (readonly WindowLoss[])[],
  tracker: ProgressTracker,
): void {
  const unmasked = losses[request.masks.findIndex((mask) => mask.every((member) => member === 0))];
  if (unmasked === undefined) return;
  const nll = unmasked.reduce((sum, { nllSum }) => sum + nllSum, 0);
  tracker.measured(nll / unmasked.reduce((sum, { tokenCount }) => sum + tokenCount, 0));
}
