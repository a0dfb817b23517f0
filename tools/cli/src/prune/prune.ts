import { join } from 'node:path';
import { meanKl } from '@bonsai/pruning';
import type { WindowLoss } from '@bonsai/pruning';
import { fetchPlan } from '@bonsai/rpc';
import type { planProto } from '@bonsai/rpc';
import { planCut, planRecovery } from '@bonsai/planner';
import type { PruneOptions } from '../commands/prune.ts';
import { evaluateModel } from '../evaluation/evaluate-model.ts';
import type { EvaluatedModel } from '../evaluation/evaluate-model.ts';
import { perplexity, tokenCount } from '../evaluation/perplexity.ts';
import { cancelOnInterrupt } from '../jobs/cancel-on-interrupt.ts';
import { describeProgress } from '../jobs/describe-job.ts';
import { followJob, startOrResume } from '../jobs/follow-job.ts';
import type { LatencySettings } from '../latency/latency-budget.ts';
import { withLatency } from '../latency/with-latency.ts';
import type { Services } from '../local/with-services.ts';
import { withServices } from '../local/with-services.ts';
import { openModel, windowLength } from '../model/open-model.ts';
import type { LocalModel } from '../model/open-model.ts';
import { ProgressLine } from '../output/progress-line.ts';
import { ProgressMeter, countsOf } from '../output/progress-meter.ts';
import { writeResult } from '../output/terminal.ts';
import type { Terminal } from '../output/terminal.ts';
import { fetchRecovered, recoveredBeside } from '../outputs/recovered-file.ts';
import { writeText } from '../outputs/write-text.ts';
import { textWindows } from '../text/text-windows.ts';
import { openCalibration } from './open-calibration.ts';
import type { Calibration } from './open-calibration.ts';
import { prepareJob } from './prepare-job.ts';
import { pruningDocument, pruningReport } from './pruning-report.ts';
import type { MeasuredEffect } from './pruning-report.ts';
import { planIn, writeOutputs } from './write-outputs.ts';

interface FinishedJob {
  readonly job: string;
  readonly plan: planProto.Plan;
  /** File of the recovered weights; undefined if the plan has none. */
  readonly recovered: string | undefined;
  /** Token windows of the calibration. */
  readonly calibration: readonly Uint32Array[];
}

type PruneRequest = PruneOptions & { readonly out: string };

/** Runs (or takes up again) the pruning job of a command line and writes its outputs. */
export async function prune(options: PruneRequest, terminal: Terminal): Promise<void> {
  const model = await openModel(options.model, options.scorers, terminal);
  const progress = new ProgressLine(terminal);
  progress.show('preparing the calibration text');
  const calibration = await openCalibration(model, options).finally(() => progress.clear());
  const { job, plan, recovered, ...measured } = await withServices(
    { ...options, ownMetric: calibration.ownMetric },
    terminal,
    (services) =>
      withLatency(services, model, options, progress, async (latency) => {
        const finished = await runJob(services, model, options, calibration, latency?.settings, terminal, progress);
        const effect = await measureEffect(services, model, finished, options, progress);
        const latencyEffect = await latency?.effectOf(finished.plan);
        const { peakMemoryBytes } = await services.scorer.describeDevice(services.signal);
        return { ...finished, effect, latency: latencyEffect, gpuMemoryPeakBytes: peakMemoryBytes };
      }),
  ).finally(() => progress.clear());
  const { out, format, ggufFloats } = options;
  const request = { plan, recovered, modelDirectory: model.directory, out, format, ggufFloats };
  const outputs = await writeOutputs(request, (what) => {
    const meter = new ProgressMeter(progress);
    return (share) => meter.showShare(`writing ${what}`, share);
  }).finally(() => progress.clear());
  const result = { job, plan, outputs, ...measured };
  const report = pruningReport(result);
  await writeText(join(out, 'report.md'), `${report}\n`);
  writeResult(terminal, options.json, pruningDocument(result), report);
}

async function runJob(
  { planner, signal }: Services,
  model: LocalModel,
  options: PruneRequest,
  calibration: Calibration,
  latency: LatencySettings | undefined,
  terminal: Terminal,
  progress: ProgressLine,
): Promise<FinishedJob> {
  const request = await prepareJob(planner, model, options, calibration, latency, signal);
  const { name } = await startOrResume(planner, request, { signal });
  await cancelOnInterrupt(planner, name, signal, terminal, () =>
    followJob(planner, name, {}, (job) => progress.show(describeProgress(job))),
  );
  const plan = await fetchPlan(planner, name);
  const path = recoveredBeside(planIn(options.out));
  const hasRecovered = await fetchRecovered(planner, name, plan, path);
  return { job: name, plan, recovered: hasRecovered ? path : undefined, calibration: calibration.windows };
}

async function measureEffect(
  { scorer, signal }: Services,
  model: LocalModel,
  { plan, calibration }: FinishedJob,
  options: PruneRequest,
  progress: ProgressLine,
): Promise<MeasuredEffect | undefined> {
  if (options.eval === undefined) return undefined;
  const windows = await textWindows({
    modelDirectory: model.directory,
    textFile: options.eval,
    context: windowLength(model, options.context),
    count: options.evalWindows,
    option: '--eval',
  });
  const { units, cut } = planCut(plan);
  const evaluated: EvaluatedModel = { model, units, precision: options.precision ?? 'auto' };
  const measure = (what: string, model: EvaluatedModel): Promise<WindowLoss[]> =>
    evaluateModel(scorer, model, windows, signal, countsOf(progress, what, windows.length));
  const before = await measure('held-out windows, whole model', evaluated);
  const after = await measure('held-out windows, pruned model', {
    ...evaluated,
    measurement: options.evalKl ? 'kl' : 'nll',
    cut,
    recovery: planRecovery(plan, calibration),
  });
  const kl = options.evalKl ? meanKl(after) : undefined;
  return { before: perplexity(before), after: perplexity(after), kl, tokens: tokenCount(after) };
}
