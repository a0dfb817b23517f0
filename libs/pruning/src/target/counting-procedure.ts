import type { PruningProcedure, RoundEvidence } from '../contract/pruning-procedure.ts';
import { costOf } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';

/** A method on units that are priced by some resource: its evidence counts parameters again. */
export function* countingProcedure(method: PruningProcedure, units: UnitTable): PruningProcedure {
  const rounds: RoundEvidence[] = [];
  let removed = 0;
  let step = method.next();
  while (step.done !== true) {
    let request = step.value;
    if (request.kind === 'roundFinished') {
      const removedParameters = costOf(units, request.cut) - removed;
      removed += removedParameters;
      request = { ...request, evidence: { ...request.evidence, removedParameters } };
      rounds.push(request.evidence);
    }
    step = method.next(yield request);
  }
  return { ...step.value, rounds };
}
