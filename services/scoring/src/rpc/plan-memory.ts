import type { ModelConfig } from '@bonsai/checkpoint';
import type { scoringProto } from '@bonsai/rpc';
import { invalidArgument } from '@bonsai/support';
import { measurement, precisionMessage, statisticKinds } from '../convert.ts';
import { openTarget } from '../models/open-target.ts';
import type { ScoringContext } from '../scoring-context.ts';

export async function planMemory(
  context: ScoringContext,
  request: scoringProto.PlanMemoryRequest,
): Promise<scoringProto.PlanMemoryResponse> {
  const { target } = await openTarget(context, request, '');
  try {
    checkLengths(request.windowLengths, target.checkpoint.config);
    const { weights, streamed, activations, workspace, precision } = await context.session.planMemory(target, {
      windowLengths: request.windowLengths,
      masks: Math.max(1, request.maskCount),
      measurement: measurement(request.metric, 'metric'),
      statistics: request.statistics.length === 0 ? [] : statisticKinds(request.statistics, 'statistics'),
    });
    return {
      weightBytes: weights,
      streamedWeightBytes: streamed,
      activationBytes: activations,
      workspaceBytes: workspace,
      precision: precisionMessage(precision),
    };
  } finally {
    await target.checkpoint.close();
  }
}

/** @throws BonsaiError REQUEST_INVALID without a window, WINDOW_LENGTH */
function checkLengths(lengths: readonly number[], { contextLength }: ModelConfig): void {
  if (lengths.length === 0) {
    throw invalidArgument('REQUEST_INVALID', 'window_lengths', 'Name the length of at least one window.');
  }
  for (const [i, length] of lengths.entries()) {
    if (length >= 2 && length <= contextLength) continue;
    const message = `A window of this model has 2 to ${contextLength} tokens; got ${length}.`;
    throw invalidArgument('WINDOW_LENGTH', `window_lengths[${i}]`, message);
  }
}
