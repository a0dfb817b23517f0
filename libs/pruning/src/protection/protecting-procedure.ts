import type { MethodOutcome, MethodProcedure, PruningAnswer, PruningRequest } from '../contract/pruning-procedure.ts';
import type { UnprotectedUnits } from './unprotected-units.ts';

/** Any method on the units outside protected layers: what it asks and decides is said in the numbers of the whole model. */
export function* protectingProcedure(method: MethodProcedure, unprotected: UnprotectedUnits): MethodProcedure {
  let step = method.next();
  while (step.done !== true) step = method.next(answerOf(yield requestOf(step.value, unprotected), unprotected));
  const { cut, importance, damage, ...rest } = step.value;
  return {
    ...rest,
    cut: unprotected.toAll(cut),
    importance: unprotected.valuesOfAll(importance),
    damage: damage && unprotected.valuesOfAll(damage),
  } satisfies MethodOutcome;
}

function requestOf(request: PruningRequest, unprotected: UnprotectedUnits): PruningRequest {
  const cut = unprotected.toAll(request.cut);
  if (request.kind !== 'losses') return { ...request, cut };
  return { ...request, cut, masks: request.masks.map((mask) => unprotected.toAll(mask)) };
}

function answerOf(answer: PruningAnswer, unprotected: UnprotectedUnits): PruningAnswer {
  return answer.kind === 'statistics' ? { ...answer, layers: unprotected.statistics(answer.layers) } : answer;
}
