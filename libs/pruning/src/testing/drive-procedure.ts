import type {
  LossesRequest,
  MaskLosses,
  PruningAnswer,
  PruningOutcome,
  PruningProcedure,
  PruningRequest,
} from '../contract/pruning-procedure.ts';
import { maskLosses, meanNll } from '../procedure/window-loss.ts';
import type { SyntheticModel } from './synthetic-model.ts';

export interface Transcript {
  readonly outcome: PruningOutcome;
  readonly requests: readonly PruningRequest[];
  readonly answers: readonly PruningAnswer[];
}

/** What a procedure is driven against. */
export type MeasurableModel = Pick<SyntheticModel, 'statistics' | 'losses'> &
  Partial<Pick<SyntheticModel, 'recover' | 'recovered'>>;

/** Runs a procedure to its end against a model. */
export function driveProcedure(procedure: PruningProcedure, model: MeasurableModel): Transcript {
  return drive(procedure, (request) => {
    switch (request.kind) {
      case 'statistics':
        return { kind: 'statistics', layers: model.statistics(request.cut, request.statistics.includes('obs')) };
      case 'losses':
        return { kind: 'losses', ...lossesOf(model, request) };
      case 'recover':
        return { kind: 'recovery', trials: model.recover?.(request.cut) ?? [] };
      case 'roundFinished':
        return { kind: 'noted' };
    }
  });
}

function lossesOf(model: MeasurableModel, { cut, masks, windows, recovery }: LossesRequest): MaskLosses {
  const shift = model.recovered?.(recovery?.modules ?? []) ?? 0;
  return maskLosses(model.losses(cut, masks, windows), (losses) => meanNll(losses) + shift);
}

/** Runs a procedure on stored answers alone, as a resumed job does. */
export function replayProcedure(procedure: PruningProcedure, answers: readonly PruningAnswer[]): Transcript {
  let next = 0;
  return drive(procedure, () => {
    const answer = answers[next++];
    if (answer === undefined) throw new RangeError('the procedure asked more than was stored');
    return answer;
  });
}

function drive(procedure: PruningProcedure, answer: (request: PruningRequest) => PruningAnswer): Transcript {
  const requests: PruningRequest[] = [];
  const answers: PruningAnswer[] = [];
  let step = procedure.next();
  while (step.done !== true) {
    requests.push(step.value);
    const given = answer(step.value);
    answers.push(given);
    step = procedure.next(given);
  }
  return { outcome: step.value, requests, answers };
}
