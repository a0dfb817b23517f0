import { countWork, emptySet, recoveryWindows, roundWindows, statisticsOf } from '@bonsai/pruning';
import type { JobWork, PruningProblem, PruningSettings } from '@bonsai/pruning';
import type { RetryPolicy } from '../retry/retry-while-gone.ts';
import { askScorer } from '../scorer/ask-scorer.ts';
import type { EvaluationBase, MemoryQuestion, ReportedMemory, Scorer } from '../scorer/scorer.ts';
import { withScorer } from '../scorer/with-scorer.ts';
import type { ResolvedSpec } from './resolve-spec.ts';
import { measurementOf } from './job-settings.ts';
import type { RunEnvironment } from './run-job.ts';

/** What a job would cost: what the method asks for, and what the scorer takes for it. */
export interface JobEstimate extends JobWork {
  /** The sum of weights, activations and workspace, at the job's peak. */
  readonly gpuMemoryBytes: number;
  readonly gpuWeightBytes: number;
  readonly gpuStreamedWeightBytes: number;
  readonly gpuActivationBytes: number;
  readonly gpuWorkspaceBytes: number;
  /** For the algebra on the scorer's host. */
  readonly hostCoreSeconds: number;
  /** Of forward passes, one mask at a time, and then of that algebra on all threads of the host. */
  readonly seconds: number;
}

/** Windows that the probe runs: enough to be timed, few enough not to be waited for. */
const PROBE_WINDOWS = 2;

/** In f64, of one core: 2 GFLOP (docs/benchmarks.md, "The host's algebra"). */
const MULTIPLICATIONS_PER_SECOND = 1e9;

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
  const { precision, metric } = spec.settings;
  const base: EvaluationBase = {
    model: spec.model,
    precision,
    measurement: measurementOf(metric),
    units: problem.units,
    cut: emptySet(problem.units),
  };
  const windows = calibration.windows.slice(0, PROBE_WINDOWS).map(({ tokenIds }) => tokenIds);
  // The first pass loads weights and compiles pipelines, which happens once per job, not once per mask.
  await askScorer(retry, signal, () => scorer.evaluate(base, windows, signal));
  const started = now();
  await askScorer(retry, signal, () => scorer.evaluate(base, windows, signal));
  const secondsPerToken = (now() - started) / 1000 / windows.reduce((sum, window) => sum + window.length, 0);
  const memory = await planPeak(spec.settings, problem, Math.ceil(work.masks / work.rounds), (question) =>
    askScorer(retry, signal, () => scorer.planMemory(base, question, signal)),
  );
  const { hostThreads } = await askScorer(retry, signal, () => scorer.describeDevice(signal));
  const hostCoreSeconds = work.hostMultiplications / MULTIPLICATIONS_PER_SECOND;
  const seconds = work.forwardTokens * secondsPerToken + hostCoreSeconds / hostThreads;
  return { ...work, ...memory, hostCoreSeconds, seconds };
}

type PeakMemory = Pick<
  JobEstimate,
  'gpuMemoryBytes' | 'gpuStreamedWeightBytes' | 'gpuWeightBytes' | 'gpuActivationBytes' | 'gpuWorkspaceBytes'
>;

/** The largest of the requests that a job's first round sends; later rounds work on a smaller model. */
async function planPeak(
  settings: PruningSettings,
  { windowTokens }: PruningProblem,
  masksPerRound: number,
  plan: (question: MemoryQuestion) => Promise<ReportedMemory>,
): Promise<PeakMemory> {
  let peak: PeakMemory | undefined;
  for (const question of questionsOf(settings, windowTokens, masksPerRound)) {
    const { weightBytes, streamedWeightBytes, activationBytes, workspaceBytes } = await plan(question);
    const gpuMemoryBytes = weightBytes + activationBytes + workspaceBytes;
    if (peak !== undefined && peak.gpuMemoryBytes >= gpuMemoryBytes) continue;
    peak = {
      gpuMemoryBytes,
      gpuWeightBytes: weightBytes,
      gpuStreamedWeightBytes: streamedWeightBytes,
      gpuActivationBytes: activationBytes,
      gpuWorkspaceBytes: workspaceBytes,
    };
  }
  if (peak === undefined) throw new RangeError('a job asks for something');
  return peak;
}

function questionsOf(
  settings: PruningSettings,
  windowTokens: readonly number[],
  masksPerRound: number,
): MemoryQuestion[] {
  const windows = roundWindows(settings, windowTokens.length, 0);
  const lengthsOf = (indices: readonly number[]): number[] => indices.map((i) => windowTokens[i] as number);
  const masks = { windowLengths: lengthsOf(windows.losses), masks: Math.max(1, masksPerRound), statistics: [] };
  const questions: MemoryQuestion[] = [masks];
  if (windows.statistics.length > 0) {
    const statistics = statisticsOf(settings);
    questions.push({ windowLengths: lengthsOf(windows.statistics), masks: 1, statistics });
  }
  if (settings.recovery !== undefined) {
    const { windows: fit, heldOut } = recoveryWindows(settings, windowTokens.length);
    const recovery = { method: settings.recovery.method, heldOutLengths: lengthsOf(heldOut) };
    questions.push({ windowLengths: lengthsOf(fit), masks: 1, statistics: [], recovery });
  }
  return questions;
}
