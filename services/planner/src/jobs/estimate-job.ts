import { emptySet, estimateJob as countWork } from '@bonsai/pruning';
import type { JobEstimate as Work } from '@bonsai/pruning';
import { retryWhileGone } from '../scorer/retry.ts';
import type { EvaluationBase } from '../scorer/scorer.ts';
import type { ResolvedSpec } from './resolve-spec.ts';
import { measurementOf } from '../settings/job-settings.ts';
import type { RunEnvironment } from './run-job.ts';

/** What a job would cost: what the method asks for, and what the scorer takes for it. */
export interface JobEstimate extends Work {
  readonly gpuMemoryBytes: number;
  readonly seconds: number;
}

/** Windows that the probe runs: enough to be timed, few enough not to be waited for. */
const PROBE_WINDOWS = 2;

/**
 * Counts the job's units and forward tokens and times a probe on the whole model. Masks run with fewer units and many at
 * a time, so the job is rather faster than the estimate.
 */
export async function estimateJob(
  { spec, calibration, problem }: ResolvedSpec,
  { scorer, retry }: Pick<RunEnvironment, 'scorer' | 'retry'>,
  now: () => number,
  signal: AbortSignal,
): Promise<JobEstimate> {
  const work = countWork(spec.settings, problem);
  const base: EvaluationBase = {
    model: spec.model,
    precision: spec.settings.precision,
    measurement: measurementOf(spec.settings.metric),
    units: problem.units,
    cut: emptySet(problem.units),
  };
  const windows = calibration.windows.slice(0, PROBE_WINDOWS).map(({ tokenIds }) => tokenIds);
  // The first pass loads weights and compiles pipelines, which happens once per job, not once per mask.
  await retryWhileGone(retry, signal, () => scorer.evaluate(base, windows, signal));
  const started = now();
  await retryWhileGone(retry, signal, () => scorer.evaluate(base, windows, signal));
  const secondsPerToken = (now() - started) / 1000 / windows.reduce((sum, window) => sum + window.length, 0);
  const device = await retryWhileGone(retry, signal, () => scorer.describeDevice(signal));
  return {
    ...work,
    gpuMemoryBytes: device.peakMemoryBytes,
    seconds: work.forwardTokens * secondsPerToken,
  };
}
