import { callUnary } from '@bonsai/rpc';
import type { plannerProto } from '@bonsai/rpc';
import type { PruneOptions } from '../commands/prune.ts';
import { withServices } from '../local/with-services.ts';
import { withLatency } from '../latency/with-latency.ts';
import { openModel } from '../model/open-model.ts';
import { formatBytes, formatCoreTime, formatCount, formatDuration, formatTable } from '../output/format.ts';
import { ProgressLine } from '../output/progress-line.ts';
import { writeResult } from '../output/terminal.ts';
import type { Terminal } from '../output/terminal.ts';
import { openCalibration } from './open-calibration.ts';
import { prepareJob } from './prepare-job.ts';

/** What a job would cost: memory planned by the scorer, time by a short probe and a count of the host's algebra. */
export async function estimatePruning(options: PruneOptions, terminal: Terminal): Promise<void> {
  const model = await openModel(options.model, options.scorers, terminal);
  const calibration = await openCalibration(model, options);
  const services = { ...options, ownMetric: calibration.ownMetric };
  const progress = new ProgressLine(terminal);
  const estimate = await withServices(services, terminal, (running) =>
    withLatency(running, model, options, progress, async (latency) => {
      const { planner, signal } = running;
      const request = await prepareJob(planner, model, options, calibration, latency?.settings, signal);
      return callUnary<plannerProto.EstimateJobResponse>(
        (...rest) => planner.estimateJob({ spec: request.spec }, ...rest),
        { signal },
      );
    }),
  ).finally(() => progress.clear());
  writeResult(terminal, options.json, document(estimate), describe(estimate));
}

function document(estimate: plannerProto.EstimateJobResponse): object {
  return {
    kv_groups: estimate.kvGroups,
    query_heads: estimate.queryHeads,
    ffn_neurons: estimate.ffnNeurons,
    prunable_parameters: estimate.prunableParameters,
    target_removed_parameters: estimate.targetRemovedParameters,
    rounds: estimate.rounds,
    forward_tokens: estimate.forwardTokens,
    gpu_memory_bytes: estimate.gpuMemoryBytes,
    gpu_weight_bytes: estimate.gpuWeightBytes,
    gpu_streamed_weight_bytes: estimate.gpuStreamedWeightBytes,
    gpu_activation_bytes: estimate.gpuActivationBytes,
    gpu_workspace_bytes: estimate.gpuWorkspaceBytes,
    host_core_seconds: estimate.hostCoreSeconds,
    seconds: estimate.seconds,
  };
}

function describe(estimate: plannerProto.EstimateJobResponse): string {
  return formatTable([
    ['KV groups', String(estimate.kvGroups)],
    ...(estimate.queryHeads === 0 ? [] : [['query heads', String(estimate.queryHeads)]]),
    ['FFN neurons', String(estimate.ffnNeurons)],
    ['prunable parameters', formatCount(estimate.prunableParameters)],
    ['to remove', estimate.targetRemovedParameters === 0 ? '-' : formatCount(estimate.targetRemovedParameters)],
    ['rounds', String(estimate.rounds)],
    ['forward tokens', formatCount(estimate.forwardTokens)],
    ['GPU memory', formatBytes(estimate.gpuMemoryBytes)],
    ['  weights', formatBytes(estimate.gpuWeightBytes)],
    ['    streamed', formatBytes(estimate.gpuStreamedWeightBytes)],
    ['  activations', formatBytes(estimate.gpuActivationBytes)],
    ['  workspace', formatBytes(estimate.gpuWorkspaceBytes)],
    ...(estimate.hostCoreSeconds === 0 ? [] : [['host algebra', formatCoreTime(estimate.hostCoreSeconds)]]),
    ['estimated time', formatDuration(estimate.seconds)],
  ]);
}
