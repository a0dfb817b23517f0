import { callClientStream, packWindows } from '@bonsai/rpc';
import type { PlannerServiceClient, plannerProto } from '@bonsai/rpc';
import { digest } from '@bonsai/support';
import type { PruneOptions } from '../commands/prune.ts';
import type { LatencySettings } from '../latency/latency-budget.ts';
import type { LocalModel } from '../model/open-model.ts';
import { withOwnMetric } from '../options/metric-options.ts';
import { planSettings, precisionOf } from '../options/pruning-options.ts';
import type { Calibration } from './open-calibration.ts';

/**
 * Uploads the calibration windows and describes the job. The job's id follows from everything that determines the plan,
 * so that the same command finds the job it started before.
 */
export async function prepareJob(
  client: PlannerServiceClient,
  model: LocalModel,
  options: PruneOptions,
  { windows, ownMetric, usesAll }: Calibration,
  latency: LatencySettings | undefined,
  signal: AbortSignal,
): Promise<plannerProto.CreateJobRequest> {
  const { name: calibration } = await callClientStream<
    plannerProto.UploadCalibrationRequest,
    plannerProto.UploadCalibrationResponse
  >((...rest) => client.uploadCalibration(...rest), packWindows(windows), { signal });
  const settings = { ...planSettings(options), ...latency };
  const builtIn = {
    model: { path: model.path, revision: model.revision, precision: precisionOf(options.precision) },
    calibration,
    settings: usesAll ? { ...settings, windowsPerMask: windows.length } : settings,
    metricService: '',
  };
  const spec = await withOwnMetric(builtIn, options, ownMetric, signal);
  const identity = [model.path, model.revision, calibration, JSON.stringify(spec.settings), spec.metricService];
  return { spec, jobId: `prune-${digest(identity).slice(0, 16)}` };
}
