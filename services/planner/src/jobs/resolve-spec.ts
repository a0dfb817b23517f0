import { fitsPerplexity, mostRounds, prunableUnits, resourceCosts } from '@bonsai/pruning';
import type { PruningProblem } from '@bonsai/pruning';
import { MAX_MASK_WINDOWS } from '@bonsai/rpc';
import { BonsaiError, invalidArgument } from '@bonsai/support';
import { windowTokensOf } from '../calibration/calibration.ts';
import type { Calibration } from '../calibration/calibration.ts';
import { checkCalibration } from '../calibration/check-calibration.ts';
import type { CalibrationStore } from '../calibration/calibration-store.ts';
import { identifyMetric } from '../metric/identify-metric.ts';
import type { OpenMetric } from '../metric/open-metric.ts';
import { askScorer } from '../scorer/ask-scorer.ts';
import type { RetryPolicy } from '../retry/retry-while-gone.ts';
import type { ExportQuestion, ExportSize, Scorer, ServedModel } from '../scorer/scorer.ts';
import { DEFAULT_SETTINGS, measurementOf } from './job-settings.ts';
import type { JobSettings, MetricIdentity } from './job-settings.ts';
import type { JobSpec, ModelDescription } from './job.ts';
import type { ProcedureFactory } from './run-job.ts';

/** A request with everything that it left open filled in. */
export interface ResolvedSpec {
  readonly spec: JobSpec;
  readonly model: ModelDescription;
  readonly calibration: Calibration;
  readonly problem: PruningProblem;
}

export interface ResolveEnvironment {
  readonly calibrations: CalibrationStore;
  readonly scorer: Scorer;
  readonly retry: RetryPolicy;
  readonly createProcedure: ProcedureFactory;
  readonly openMetric: OpenMetric;
}

/**
 * Pins the request to what is there now: the checkpoint's revision, the precision that the scorer takes. Checks all
 * that can be checked before a forward pass.
 * @throws BonsaiError with the field of the request that is at fault
 */
export async function resolveSpec(
  requested: JobSpec,
  { calibrations, scorer, retry, createProcedure, openMetric }: ResolveEnvironment,
  signal: AbortSignal,
): Promise<ResolvedSpec> {
  const calibration = calibrations.get(requested.calibration);
  const exported = exportQuestion(requested.settings);
  const describe = (): Promise<ServedModel> =>
    scorer.describeModel(requested.model, requested.settings.precision, exported, signal);
  const { precision, exportSize, ...model } = await inSpec(() => askScorer(retry, signal, describe));
  checkCalibration(calibration, model);
  checkMetric(requested);
  const open = {
    ...requested.settings,
    precision,
    windowsPerMask: windowsPerMask(requested.settings, calibration),
    userMetric: await userMetricOf(requested, openMetric, retry, signal),
    ...(await inSpec(() => pricedTarget(requested.settings, model, exportSize, calibration))),
  };
  const problem = {
    units: prunableUnits(model.shape, open),
    windowTokens: windowTokensOf(calibration),
  };
  const settings = { ...open, rounds: await inSpec(() => rounds(open, problem)) };
  await inSpec(() => createProcedure(settings, problem));
  const spec = { ...requested, model: { ...requested.model, revision: model.revision }, settings };
  return { spec, model, calibration, problem };
}

/** The file that a target limits, if one does. */
function exportQuestion({ target, recovery }: JobSettings): ExportQuestion | undefined {
  return target?.format && { format: target.format, recoversBiases: recovery?.method === 'bias' };
}

/** The target, if there is one, with what it limits of this model. */
function pricedTarget(
  { target, layout }: JobSettings,
  model: ModelDescription,
  exportSize: ExportSize | undefined,
  { windows }: Calibration,
): Pick<JobSettings, 'target'> {
  if (target === undefined) return {};
  if (exportSize?.widthsMayDiffer === false && layout !== 'uniform') {
    const message = `Files of a ${model.family} are smaller with uniform layers only: set settings.layout to uniform.`;
    throw invalidArgument('SETTING_INVALID', 'settings.layout', message);
  }
  const longest = windows.reduce((most, { tokenIds }) => Math.max(most, tokenIds.length), 0);
  const asked = target.resource === 'flops' ? { ...target, contextLength: target.contextLength ?? longest } : target;
  const facts = { ...model, exportCosts: exportSize?.costs };
  return { target: { ...asked, costs: resourceCosts(asked, model.shape, facts) } };
}

/** @throws BonsaiError SETTING_INVALID if the request names a metric of its own and says that it uses another, or the method knows none but NLL */
function checkMetric({ settings, metricService }: JobSpec): void {
  const { metric, userMetric } = settings;
  if (metric !== 'user' && (userMetric !== undefined || metricService !== undefined)) {
    const message = 'A metric of your own is named but not used; set the metric to USER or leave it out.';
    throw invalidArgument('SETTING_INVALID', 'spec.settings.metric', message);
  }
  if (metric !== 'nll' && fitsPerplexity(settings)) {
    const message = 'This method fits perplexity and so knows no metric but NLL; choose another method.';
    throw invalidArgument('SETTING_INVALID', 'spec.settings.method', message);
  }
}

async function userMetricOf(
  spec: JobSpec,
  openMetric: OpenMetric,
  retry: RetryPolicy,
  signal: AbortSignal,
): Promise<MetricIdentity | undefined> {
  const { metric: kind, userMetric } = spec.settings;
  if (kind !== 'user') return undefined;
  const metric = openMetric(spec);
  try {
    return await identifyMetric(metric, userMetric, retry, signal);
  } finally {
    metric.close();
  }
}

/**
 * Where it is left open, some text is left to judge the best masks by.
 * @throws BonsaiError SETTING_INVALID if scorers do not take as many windows with masks
 */
function windowsPerMask({ windowsPerMask: asked, metric }: JobSettings, { windows }: Calibration): number {
  if (asked === 0) return Math.min(DEFAULT_SETTINGS.windowsPerMask, Math.max(1, Math.floor(windows.length / 2)));
  const most = MAX_MASK_WINDOWS[measurementOf(metric)];
  if (asked <= most) return asked;
  const message = `Set settings.windows_per_mask to at most ${most}: all scores of a mask come in one message.`;
  throw invalidArgument('SETTING_INVALID', 'spec.settings.windows_per_mask', message);
}

/** So many as were asked for; else the default, or fewer where budget and widths allow no more. */
function rounds(settings: JobSettings, problem: PruningProblem): number {
  return settings.rounds || Math.min(DEFAULT_SETTINGS.rounds, mostRounds(settings, problem));
}

/** The scorer and the method name fields relative to their own request; the user wrote them in the spec. */
async function inSpec<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BonsaiError) || error.field === undefined) throw error;
    const { message, code, reason, field } = error;
    throw new BonsaiError(message, { code, reason, field: `spec.${field}`, cause: error });
  }
}
