import { countWork } from '@bonsai/pruning';
import type { JobWork } from '@bonsai/pruning';
import type { RetryPolicy } from '../retry/retry-while-gone.ts';
import { askScorer } from '../scorer/ask-scorer.ts';
import type { Scorer } from '../scorer/scorer.ts';
import { withScorer } from '../scorer/with-scorer.ts';
import { planJobMemory, wholeModel } from './plan-job-memory.ts';
import type { PeakMemory } from './plan-job-memory.ts';
import type { ResolvedSpec } from './resolve-spec.ts';
import type { RunEnvironment } from './run-job.ts';

/** What a job would cost: what the method asks for, and what the scorer takes for it. */
export interface JobEstimate extends JobWork, PeakMemory {
  /** For the algebra on the scorer's host. */
  readonly hostCoreSeconds: number;
  /** Of forward passes, one mask at a time, and then of that algebra on all threads of the host. */
  readonly seconds: number;
}

/** Windows that the probe runs: enough to be timed, few enough not to be waited for. */
const PROBE_WINDOWS = 2;

/** In f64, of one thread beside another on its core: 4 GFLOP (docs/benchmarks.md, "The host's algebra"). */
const MULTIPLICATIONS_PER_SECOND = 2e9;

/**
 * Counts the job's units, forward tokens and algebra of the host, asks the scorer what its requests take, and times a probe on the
 * whole model. Masks run with fewer units and many at a time, so forward passes are rather faster than the estimate.
 */
export function estimateJob(
  resolved: ResolvedSpec,
  { openScorer, retry }: Pick<RunEnvironment, 'openScorer' | 'retry'>,
  now: () => number,
  signal: AbortSignal,
): Promise<JobEstimate> {
  return withScorer(openScorer, (scorer) => estimateOn(scorer, resolved, retry, now, signal));
}

async function estimateOn(
  scorer: Scorer,
  { spec, calibration, problem }: ResolvedSpec,
  retry: RetryPolicy,
  now: () => number,
  signal: AbortSignal,
): Promise<JobEstimate> {
  const work = countWork(spec.settings, problem);
  const base = wholeModel({ spec, problem });
  const windows = calibration.windows.slice(0, PROBE_WINDOWS).map(({ tokenIds }) => tokenIds);
  // The first pass loads weights and compiles pipelines, which happens once per job, not once per mask.
  await askScorer(retry, signal, () => scorer.evaluate(base, windows, signal));
  const started = now();
  await askScorer(retry, signal, () => scorer.evaluate(base, windows, signal));
  const secondsPerToken = (now() - started) / 1000 / windows.reduce((sum, window) => sum + window.length, 0);
  const memory = await planJobMemory({ spec, problem }, { scorer, retry }, signal);
  const { hostThreads } = await askScorer(retry, signal, () => scorer.describeDevice(signal));
  const hostCoreSeconds = work.hostMultiplications / MULTIPLICATIONS_PER_SECOND;
  const seconds = work.forwardTokens * secondsPerToken + hostCoreSeconds / hostThreads;
  return { ...work, ...memory, hostCoreSeconds, seconds };
}
