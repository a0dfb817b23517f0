import { callClientStream, packWindows } from '@bonsai/rpc';
import type { PlannerServiceClient, plannerProto } from '@bonsai/rpc';
import { digest } from '@bonsai/support';
import type { PruneOptions } from '../commands/prune.ts';
import { windowLength } from '../model/open-model.ts';
import type { LocalModel } from '../model/open-model.ts';
import { withOwnMetric } from '../options/metric-options.ts';
import { planSettings, precisionOf } from '../options/pruning-options.ts';
import { textWindows } from '../text/text-windows.ts';

export interface PreparedJob {
  readonly request: plannerProto.CreateJobRequest;
  /** Of the calibration text. */
  readonly windows: readonly Uint32Array[];
}

/**
 * Uploads the calibration windows and describes the job. The job's id follows from everything that determines the plan,
 * so that the same command finds the job it started before.
 */
export async function prepareJob(
  client: PlannerServiceClient,
  model: LocalModel,
  options: PruneOptions,
  signal: AbortSignal,
): Promise<PreparedJob> {
  const windows = await textWindows({
    modelDirectory: model.directory,
    textFile: options.calibration,
    context: windowLength(model, options.context),
    count: options.calibrationWindows,
    option: '--calibration',
  });
  const { name: calibration } = await callClientStream<
    plannerProto.UploadCalibrationRequest,
    plannerProto.UploadCalibrationResponse
  >((...rest) => client.uploadCalibration(...rest), packWindows(windows), { signal });
  const builtIn = {
    model: { path: model.path, revision: model.revision, precision: precisionOf(options.precision) },
    calibration,
    settings: planSettings(options),
    metricService: '',
  };
  const spec = await withOwnMetric(builtIn, options, signal);
  const identity = [model.path, model.revision, calibration, JSON.stringify(spec.settings), spec.metricService];
  return { request: { spec, jobId: `prune-${digest(...identity).slice(0, 16)}` }, windows };
}
