import type { ModelConfig } from '@bonsai/checkpoint';
import type { RecoveryWork } from '@bonsai/model';
import { MEASUREMENTS, PRECISIONS, RECOVERY_METHODS, recoveryProto } from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
import { checkWindowLength, invalidArgument } from '@bonsai/support';
import { statisticKinds } from '../convert.ts';
import { openTarget } from '../models/open-target.ts';
import type { ScoringContext } from '../scoring-context.ts';
import { RequestBudget } from './request-budget.ts';

export async function planMemory(
  context: ScoringContext,
  request: scoringProto.PlanMemoryRequest,
): Promise<scoringProto.PlanMemoryResponse> {
  const { target } = await openTarget(context, request, '');
  try {
    const { config } = target.checkpoint;
    if (request.windowLengths.length === 0)
      throw invalidArgument('REQUEST_INVALID', 'window_lengths', 'Name the length of at least one window.');
    const budget = new RequestBudget(context.maxRequestBytes);
    checkLengths(request.windowLengths, config, budget, 'window_lengths');
    checkLengths(request.heldOutWindowLengths, config, budget, 'held_out_window_lengths');
    const { weights, streamed, activations, workspace, precision } = await context.session.planMemory(target, {
      windowLengths: request.windowLengths,
      masks: Math.max(1, request.maskCount),
      measurement: MEASUREMENTS.toDomainOr(request.metric, 'nll', 'metric'),
      statistics: request.statistics.length === 0 ? [] : statisticKinds(request.statistics, 'statistics'),
      recovery: recoveryOf(request),
    });
    return {
      weightBytes: weights,
      streamedWeightBytes: streamed,
      activationBytes: activations,
      workspaceBytes: workspace,
      precision: PRECISIONS.toWire(precision),
    };
  } finally {
    await target.checkpoint.close();
  }
}

function recoveryOf({
  recoveryMethod: method,
  heldOutWindowLengths: heldOut,
}: scoringProto.PlanMemoryRequest): RecoveryWork | undefined {
  const { RECOVERY_METHOD_UNSPECIFIED, RECOVERY_METHOD_NONE } = recoveryProto.RecoveryMethod;
  if (method === RECOVERY_METHOD_UNSPECIFIED || method === RECOVERY_METHOD_NONE) return undefined;
  return { method: RECOVERY_METHODS.toDomain(method, 'recovery_method'), heldOut };
}

/** Takes what the windows would if they were sent: a plan is of a request that this service can hold. */
function checkLengths(lengths: readonly number[], config: ModelConfig, budget: RequestBudget, name: string): void {
  for (const [i, length] of lengths.entries()) {
    const field = `${name}[${i}]`;
    checkWindowLength(length, config, field);
    budget.take(4 * length, 1, field);
  }
}
