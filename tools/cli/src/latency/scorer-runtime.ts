import { DEFAULT_RETRY_POLICY, askScorer } from '@bonsai/planner';
import type { EvaluationBase, Scorer } from '@bonsai/planner';
import type { LatencyRuntime } from './latency-runtime.ts';

/** The scorer that the job runs on; it times its passes itself, so that neither loading nor the way to it counts. */
export async function scorerRuntime(
  scorer: Pick<Scorer, 'describeDevice' | 'measureLatency'>,
  base: Omit<EvaluationBase, 'cut'>,
  windowLength: number,
  signal: AbortSignal,
): Promise<LatencyRuntime> {
  const { name } = await scorer.describeDevice(signal);
  return {
    name: `scorer, ${name}`,
    prepare: () => Promise.resolve(),
    time: (cut, passes) =>
      askScorer(DEFAULT_RETRY_POLICY, signal, () =>
        scorer.measureLatency({ ...base, cut }, { windowLength, passes }, signal),
      ),
    close: () => Promise.resolve(),
  };
}
