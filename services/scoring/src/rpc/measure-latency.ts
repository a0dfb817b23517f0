import type { CallContext, scoringProto } from '@bonsai/rpc';
import { checkWindowLength, invalidArgument } from '@bonsai/support';
import { openTarget } from '../models/open-target.ts';
import type { ScoringContext } from '../scoring-context.ts';

const MAX_PASSES = 1000;

export async function measureLatency(
  context: ScoringContext,
  request: scoringProto.MeasureLatencyRequest,
  { signal }: CallContext,
): Promise<scoringProto.MeasureLatencyResponse> {
  const { target } = await openTarget(context, request, '');
  try {
    const { windowLength, passes } = request;
    checkWindowLength(windowLength, target.checkpoint.config, 'window_length');
    checkPasses(passes);
    return { seconds: await context.session.measureLatency(target, windowLength, passes, signal) };
  } finally {
    await target.checkpoint.close();
  }
}

/** @throws BonsaiError REQUEST_INVALID */
function checkPasses(passes: number): void {
  if (passes >= 1 && passes <= MAX_PASSES) return;
  throw invalidArgument('REQUEST_INVALID', 'passes', `Ask for 1 to ${MAX_PASSES} passes; got ${passes}.`);
}
