import { BonsaiError } from '@bonsai/support';
import type { UnitSet } from '../units/unit-set.ts';
import type { LayerStatistics, StatisticKind } from './layer-statistics.ts';
import type { RecoveryTrial } from './recovery.ts';
import type { LossesRequest, MaskLosses, RecoverRequest, RoundEvidence, Procedure } from './pruning-procedure.ts';

function unexpected(what: string): BonsaiError {
  const message = `The answer does not fit the question (${what}): resume the job with the answers of this very job.`;
  return new BonsaiError(message, { code: 'INTERNAL', reason: 'INTERNAL' });
}

/** @returns statistics of every layer of the model without `cut` */
export function* askStatistics(
  cut: UnitSet,
  windows: readonly number[],
  statistics: readonly StatisticKind[],
): Procedure<readonly LayerStatistics[]> {
  const answer = yield { kind: 'statistics', cut: cut.slice(), windows, statistics };
  if (answer.kind !== 'statistics') throw unexpected(`statistics asked, ${answer.kind} given`);
  return answer.layers;
}

/** @returns the loss of the model without `cut` and without each mask; may be non-finite */
export function* askLosses(request: Omit<LossesRequest, 'kind'>): Procedure<Float64Array> {
  const { losses } = yield* askMaskLosses(request);
  return Float64Array.from(losses);
}

/** @returns the same window by window, or of all windows together where the metric judges them so: [masks][windows or 1] */
export function* askWindowLosses(request: Omit<LossesRequest, 'kind'>): Procedure<readonly (readonly number[])[]> {
  const { losses, byWindow } = yield* askMaskLosses(request);
  return byWindow ?? losses.map((loss) => [loss]);
}

/** @returns the same in both ways */
export function* askMaskLosses(request: Omit<LossesRequest, 'kind'>): Procedure<MaskLosses> {
  const answer = yield { kind: 'losses', ...request, cut: request.cut.slice() };
  if (answer.kind !== 'losses') throw unexpected(`losses asked, ${answer.kind} given`);
  if (answer.losses.length !== request.masks.length) throw unexpected('number of masks');
  return answer;
}

/** @returns what held-out windows said of every module's recovery */
export function* askRecovery(
  cut: UnitSet,
  recipe: Omit<RecoverRequest, 'kind' | 'cut'>,
): Procedure<readonly RecoveryTrial[]> {
  const answer = yield { kind: 'recover', cut: cut.slice(), ...recipe };
  if (answer.kind !== 'recovery') throw unexpected(`recovery asked, ${answer.kind} given`);
  return answer.trials;
}

/** Tells the driver that a round is over. */
export function* reportRound(evidence: RoundEvidence, cut: UnitSet): Procedure<void> {
  yield { kind: 'roundFinished', evidence, cut: cut.slice() };
}

/**
 * The loss of the model that a round starts from, the first of the losses that were asked for.
 * @throws BonsaiError FAILED_PRECONDITION if it is not finite
 */
export function baseLoss(losses: Float64Array): number {
  const [base] = losses;
  if (base !== undefined && Number.isFinite(base)) return base;
  throw new BonsaiError('The model gives no finite loss before any mask: check its weights, or lower the sparsity.', {
    code: 'FAILED_PRECONDITION',
    reason: 'TENSOR_NOT_FINITE',
  });
}

/** For a round none of whose masks leaves a model that gives a loss. @throws BonsaiError FAILED_PRECONDITION */
export function noFiniteLoss(): never {
  const message = 'Whatever goes next, the model gives no finite loss: check its weights, or lower the sparsity.';
  throw new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'TENSOR_NOT_FINITE' });
}
