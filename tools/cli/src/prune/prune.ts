import { join } from 'node:path';
import { DEFAULT_RETRY_POLICY, askScorer } from '@bonsai/planner';
import type { ScorerDevice } from '@bonsai/planner';
import type { PruneOptions } from '../commands/prune.ts';
import { cancelOnInterrupt } from '../jobs/cancel-on-interrupt.ts';
import { describeProgress } from '../jobs/describe-job.ts';
import { followJob, startOrResume } from '../jobs/follow-job.ts';
import type { LatencySettings } from '../latency/latency-budget.ts';
import { withLatency } from '../latency/with-latency.ts';
import type { Services } from '../local/with-services.ts';
import { interruptible } from '../local/interrupt-signal.ts';
import { withServices } from '../local/with-services.ts';
import { openModel } from '../model/open-model.ts';
import type { LocalModel } from '../model/open-model.ts';
import { ProgressLine } from '../output/progress-line.ts';
import { ProgressMeter } from '../output/progress-meter.ts';
import { writeResult } from '../output/terminal.ts';
import type { Terminal } from '../output/terminal.ts';
import { checkOutputs } from '../outputs/check-outputs.ts';
import { earlierFiles } from '../outputs/earlier-files.ts';
import { writePlanFiles } from '../outputs/plan-files.ts';
import { writeText } from '../outputs/write-text.ts';
import { openHeldOut } from './held-out.ts';
import { measureEffect } from './measure-effect.ts';
import { openCalibration } from './open-calibration.ts';
import type { Calibration } from './open-calibration.ts';
import { prepareJob } from './prepare-job.ts';
import { pruningDocument, pruningReport } from './pruning-report.ts';
import { writeModels } from './write-models.ts';

type PruneRequest = PruneOptions & { readonly out: string };

/** Runs (or takes up again) the pruning job of a command line and writes its outputs. */
export async function prune(options: PruneRequest, terminal: Terminal): Promise<void> {
  const model = await openModel(options.model, options.scorers, terminal);
  const progress = new ProgressLine(terminal);
  const { calibration, heldOut } = await prepare(model, options, progress).finally(() => progress.clear());
  const { job, files, ...measured } = await withServices(
    { ...options, ownMetric: calibration.ownMetric },
    terminal,
    (services) =>
      withLatency(services, model, options, progress, async (latency) => {
        const job = await runJob(services, model, options, calibration, latency?.settings, terminal, progress);
        // Before anything is measured, which may fail: the plan is what the job was for.
        const path = join(options.out, 'plan.json');
        const files = await writePlanFiles(services.planner, job, path, { overwrite: true });
        const texts = heldOut && { calibration: calibration.windows, heldOut };
        const effect = texts && (await measureEffect(services, model, files.plan, texts, options, progress));
        const latencyEffect = await latency?.effectOf(files.plan);
        return { job, files, effect, latency: latencyEffect, gpuMemoryPeakBytes: await peakMemory(services) };
      }),
  ).finally(() => progress.clear());
  const request = { ...options, files, modelDirectory: model.directory };
  const models = await interruptible((signal) =>
    writeModels(request, signal, (what) => {
      const meter = new ProgressMeter(progress);
      return (share) => meter.showShare(`writing ${what}`, share);
    }),
  ).finally(() => progress.clear());
  const written = [files.recovered ?? '', ...models.map(({ path }) => path)];
  const result = { job, files, models, earlier: await earlierFiles(options.out, written), ...measured };
  const report = pruningReport(result);
  await writeText(join(options.out, 'report.md'), `${report}\n`);
  writeResult(terminal, options.json, pruningDocument(result), report);
}

/** Everything that can be wrong with texts and outputs is found out here, before the job has taken its time. */
async function prepare(
  model: LocalModel,
  options: PruneRequest,
  progress: ProgressLine,
): Promise<{ readonly calibration: Calibration; readonly heldOut: readonly Uint32Array[] | undefined }> {
  progress.show('preparing the texts');
  await checkOutputs(model.directory, options);
  const heldOut = await openHeldOut(model, options);
  return { calibration: await openCalibration(model, options), heldOut };
}

/** @returns the name of the job, which has succeeded */
async function runJob(
  { planner, signal }: Services,
  model: LocalModel,
  options: PruneRequest,
  calibration: Calibration,
  latency: LatencySettings | undefined,
  terminal: Terminal,
  progress: ProgressLine,
): Promise<string> {
  const request = await prepareJob(planner, model, options, calibration, latency, signal);
  const { name } = await startOrResume(planner, request, { signal });
  await cancelOnInterrupt(planner, name, signal, terminal, () =>
    followJob(planner, name, {}, (job) => progress.show(describeProgress(job))),
  );
  return name;
}

async function peakMemory({ scorer, signal }: Services): Promise<number> {
  const describe = (): Promise<ScorerDevice> => scorer.describeDevice(signal);
  return (await askScorer(DEFAULT_RETRY_POLICY, signal, describe)).peakMemoryBytes;
}
