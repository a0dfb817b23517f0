import { countWork, emptySet, recoveryWindows, roundWindows, statisticsOf } from '@bonsai/pruning';
import { askScorer } from '../scorer/ask-scorer.ts';
import type { EvaluationBase, MemoryQuestion } from '../scorer/scorer.ts';
import { measurementOf } from './job-settings.ts';
import type { ResolvedSpec } from './resolve-spec.ts';
import type { RunEnvironment } from './run-job.ts';

/** Of the scorer's device, at the peak of a job. */
export interface PeakMemory {
  /** The sum of weights, activations and workspace. */
  readonly gpuMemoryBytes: number;
  readonly gpuWeightBytes: number;
  readonly gpuStreamedWeightBytes: number;
  readonly gpuActivationBytes: number;
  readonly gpuWorkspaceBytes: number;
}

type Planned = Pick<ResolvedSpec, 'spec' | 'problem'>;

/**
 * The largest of the requests that a job's first round sends, and of a recovery of the whole model; later rounds work on a smaller
 * one.
 * @throws BonsaiError DEVICE_OUT_OF_MEMORY, SETTING_INVALID if the scorer's device cannot hold it
 */
export async function planJobMemory(
  planned: Planned,
  { scorer, retry }: Pick<RunEnvironment, 'scorer' | 'retry'>,
  signal: AbortSignal,
): Promise<PeakMemory> {
  const base = wholeModel(planned);
  let peak: PeakMemory | undefined;
  for (const question of questionsOf(planned)) {
    const plan = await askScorer(retry, signal, () => scorer.planMemory(base, question, signal));
    const { weightBytes, streamedWeightBytes, activationBytes, workspaceBytes } = plan;
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

/** What the job begins with. */
export function wholeModel({ spec: { model, settings }, problem: { units } }: Planned): EvaluationBase {
  const { precision, metric } = settings;
  return { model, precision, measurement: measurementOf(metric), units, cut: emptySet(units) };
}

function questionsOf({ spec, problem }: Planned): MemoryQuestion[] {
  const { settings } = spec;
  const { windowTokens } = problem;
  const work = countWork(settings, problem);
  const masksPerRound = Math.ceil(work.masks / work.rounds);
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
