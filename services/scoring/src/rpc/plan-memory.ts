import type { ModelConfig } from '@bonsai/checkpoint';
import type { RecoveryWork } from '@bonsai/model';
import { MEASUREMENTS, PRECISIONS, RECOVERY_METHODS, recoveryProto } from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
import { checkWindowLength, invalidArgument } from '@bonsai/support';
import { statisticKinds } from '../convert.ts';
import { openTarget } from '../models/open-target.ts';
import type { ScoringContext } from '../scoring-context.ts';

export async function planMemory(
  context: ScoringContext,
  request: scoringProto.PlanMemoryRequest,
): Promise<scoringProto.PlanMemoryResponse> {
  const { target } = await openTarget(context, request, '');
  try {
    const { config } = target.checkpoint;
    if (request.windowLengths.length === 0)
      throw invalidArgument('REQUEST_INVALID', 'window_lengths', 'Name the length of at least one window.');
    checkLengths(request.windowLengths, config, 'window_lengths');
    checkLengths(request.heldOutWindowLengths, config, 'held_out_window_lengths');
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

function checkLengths(lengths: readonly number[], config: ModelConfig, field: string): void {
  for (const [i, length] of lengths.entries()) checkWindowLength(length, config, `${field}[${i}]`);
}
