import { Option } from 'commander';
import type { Command } from 'commander';
import { GrpcMetric, loadMetricModule } from '@bonsai/planner';
import type { UserMetric } from '@bonsai/planner';
import { planProto } from '@bonsai/rpc';
import type { plannerProto } from '@bonsai/rpc';
import type { PruningOptions } from './pruning-options.ts';
import { UsageError } from './usage-error.ts';

/** A metric of the user's own, in place of the built-in ones. */
export interface MetricOptions {
  readonly metricService?: string;
  readonly metricModule?: string;
  readonly metric?: NonNullable<PruningOptions['metric']>;
  readonly planner?: string;
}

export function addMetricOptions(command: Command): Command {
  return command
    .addOption(new Option('--metric-service <address>', 'score masks by your own gRPC service (see docs/metrics.md)'))
    .addOption(new Option('--metric-module <file.mjs>', 'score masks by your own module').conflicts('metricService'));
}

/**
 * The spec with the metric of the user's own, if there is one. Its identity is asked for here, so that a job is another
 * one when the metric has become another.
 */
export async function withOwnMetric(
  spec: plannerProto.JobSpec & { readonly settings: planProto.PlanSettings },
  options: MetricOptions,
  signal: AbortSignal,
): Promise<typeof spec> {
  const metric = await ownMetric(options);
  if (metric === undefined) return spec;
  try {
    const userMetric = await metric.describe(signal);
    const settings = { ...spec.settings, metric: planProto.Metric.METRIC_USER, userMetric };
    return { ...spec, settings, metricService: options.metricService ?? '' };
  } finally {
    metric.close();
  }
}

/** @throws UsageError for options that contradict each other */
export function checkMetricOptions({ metric, metricService, metricModule, planner }: MetricOptions): void {
  const builtIn = metric !== undefined && metric !== 'user';
  if (builtIn && (metricService ?? metricModule) !== undefined) {
    throw new UsageError(`--metric ${metric} and a metric of your own exclude each other; leave one of them out.`);
  }
  if (metricModule === undefined || planner === undefined) return;
  throw new UsageError('Give --metric-module to the planner itself (bonsai serve planner), and --metric user here.');
}

async function ownMetric({ metricService, metricModule }: MetricOptions): Promise<UserMetric | undefined> {
  if (metricService !== undefined) return new GrpcMetric(metricService, Date.now);
  return metricModule === undefined ? undefined : loadMetricModule(metricModule);
}
