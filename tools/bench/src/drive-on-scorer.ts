import type { EvaluationBase, Scorer } from '@bonsai/planner';
import { maskLosses } from '@bonsai/pruning';
import type {
  PruningAnswer,
  PruningOutcome,
  PruningProcedure,
  PruningRequest,
  UnitSet,
  WindowLoss,
} from '@bonsai/pruning';

/** A procedure that has run to its end, with the masks that it asked about. */
export interface Driven {
  readonly outcome: PruningOutcome;
  readonly masks: readonly UnitSet[];
}

/** Answers a procedure's questions by a scorer, without a planner: nothing is stored. */
export async function driveOnScorer(
  procedure: PruningProcedure,
  scorer: Scorer,
  model: Omit<EvaluationBase, 'cut'>,
  windows: readonly Uint32Array[],
  signal: AbortSignal,
): Promise<Driven> {
  const masks: UnitSet[] = [];
  const answer = async (request: PruningRequest): Promise<PruningAnswer> => {
    if (request.kind !== 'statistics' && request.kind !== 'losses') return { kind: 'noted' };
    const named = request.windows.map((index) => windows[index] ?? new Uint32Array());
    const base = { ...model, cut: request.cut };
    if (request.kind === 'statistics') {
      return { kind: 'statistics', layers: await scorer.collectStatistics(base, named, request.statistics, signal) };
    }
    masks.push(...request.masks.filter((mask) => mask.includes(1)));
    return { kind: 'losses', ...maskLosses(await measureMasks(scorer, base, named, request.masks, signal)) };
  };
  let step = procedure.next();
  while (step.done !== true) step = procedure.next(await answer(step.value));
  return { outcome: step.value, masks };
}

/** What every mask loses on every window. */
export async function measureMasks(
  scorer: Scorer,
  base: EvaluationBase,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
  signal: AbortSignal,
): Promise<(readonly WindowLoss[])[]> {
  const losses: (readonly WindowLoss[])[] = [];
  for await (const result of scorer.evaluateMasks(base, windows, masks, signal)) {
    losses[result.mask] = result.losses;
  }
  return losses;
}
