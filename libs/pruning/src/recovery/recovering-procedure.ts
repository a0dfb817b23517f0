import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { PruningProcedure, PruningRequest, PruningSettings, Procedure } from '../contract/pruning-procedure.ts';
import type { UnitSet } from '../units/unit-set.ts';
import { appliedRecovery, recoverCut, recoveryAttempt } from './recover-cut.ts';
import type { RecoveryOutcome, RecoverySettings } from '../contract/recovery.ts';

/** A cut and what makes up for it. */
interface Recovered {
  readonly cut: UnitSet;
  readonly outcome: RecoveryOutcome;
}

/**
 * Any method with recovery: what the method asks about a cut that was recovered is asked about the recovered model. The
 * method does not know, and statistics, masks and fits of the next round are of a model that has made up for the last cut.
 * A recovery starts from the original weights, whatever was recovered before: it depends on the cut alone.
 */
export function* recoveringProcedure(
  method: PruningProcedure,
  recovery: RecoverySettings,
  settings: PruningSettings,
  problem: PruningProblem,
): PruningProcedure {
  const attempt = recoveryAttempt(recovery, settings, problem.windowTokens.length);
  let latest: Recovered | undefined;
  const recover = function* (cut: UnitSet): Procedure<Recovered> {
    const outcome = yield* recoverCut(cut, attempt, problem.windowTokens);
    const before = latest?.outcome.forwardTokens ?? 0;
    return { cut: cut.slice(), outcome: { ...outcome, forwardTokens: before + outcome.forwardTokens } };
  };
  let step = method.next();
  while (step.done !== true) {
    const request = step.value;
    const answer = yield withRecovery(request, latest);
    if (request.kind === 'roundFinished' && recovery.schedule === 'everyRound') latest = yield* recover(request.cut);
    step = method.next(answer);
  }
  const { cut } = step.value;
  if (latest === undefined || !isSame(cut, latest.cut)) latest = yield* recover(cut);
  return { ...step.value, recovery: latest.outcome };
}

function withRecovery(request: PruningRequest, latest: Recovered | undefined): PruningRequest {
  if (request.kind === 'roundFinished' || request.kind === 'recover') return request;
  if (latest === undefined || !isSame(request.cut, latest.cut)) return request;
  return { ...request, recovery: appliedRecovery(latest.outcome) };
}

function isSame(a: UnitSet, b: UnitSet): boolean {
  return a.length === b.length && a.every((member, id) => member === b[id]);
}
