import { Option } from 'commander';
import type { Command } from 'commander';
import { GrpcMetric } from '@bonsai/planner';
import type { UserMetric } from '@bonsai/planner';
import { planProto } from '@bonsai/rpc';
import type { plannerProto } from '@bonsai/rpc';
import type { PruningOptions } from './pruning-options.ts';
import { UsageError } from './usage-error.ts';

/** What masks are scored by: one of the built-in metrics, or one of the user's own in place of them. */
export interface MetricOptions extends Pick<PruningOptions, 'metric' | 'windows' | 'recover'> {
  readonly metricService?: string;
  readonly metricModule?: string;
  /** With metric `choices`, the questions. */
  readonly choices?: string;
  readonly calibration?: string;
  readonly planner?: string;
}

export function addMetricOptions(command: Command): Command {
  return command
    .addOption(new Option('--metric-service <address>', 'score masks by your own gRPC service (see docs/metrics.md)'))
    .addOption(new Option('--metric-module <file.mjs>', 'score masks by your own module').conflicts('metricService'))
    .option('--choices <file.jsonl>', 'with --metric choices: questions as for bonsai eval, instead of --calibration');
}

/**
 * The spec with the metric of the user's own, if there is one. Its identity is asked for here, so that a job is another
 * one when the metric has become another.
 * @param ownMetric what a planner of this command has
 */
export async function withOwnMetric(
  spec: plannerProto.JobSpec & { readonly settings: planProto.PlanSettings },
  { metricService }: MetricOptions,
  ownMetric: UserMetric | undefined,
  signal: AbortSignal,
): Promise<typeof spec> {
  const metric = metricService === undefined ? ownMetric : new GrpcMetric(metricService, Date.now);
  if (metric === undefined) return spec;
  try {
    const userMetric = await metric.describe(signal);
    const settings = { ...spec.settings, metric: planProto.Metric.METRIC_USER, userMetric };
    return { ...spec, settings, metricService: metricService ?? '' };
  } finally {
    metric.close();
  }
}

/** @throws UsageError for options that contradict each other */
export function checkMetricOptions(options: MetricOptions): void {
  const { metric, metricService, metricModule, planner } = options;
  checkText(options);
  const builtIn = metric !== undefined && metric !== 'user';
  if (builtIn && (metricService ?? metricModule) !== undefined) {
    throw new UsageError(`--metric ${metric} and a metric of your own exclude each other; leave one of them out.`);
  }
  if (metricModule === undefined || planner === undefined) return;
  throw new UsageError('Give --metric-module to the planner itself (bonsai serve planner), and --metric user here.');
}

/** Questions are text and metric in one: each mask answers all of them, in the planner of this command. */
function checkText({ metric, choices, calibration, recover = 'none', windows, planner }: MetricOptions): void {
  if (metric !== 'choices') {
    if (choices !== undefined) throw new UsageError('--choices needs --metric choices.');
    if (calibration === undefined) throw new UsageError('Give --calibration FILE, or --metric choices --choices FILE.');
    return;
  }
  if (choices === undefined || calibration !== undefined) {
    throw new UsageError('With --metric choices, give --choices FILE and no --calibration.');
  }
  if (windows !== undefined) throw new UsageError('--windows goes with a text; every mask answers all questions.');
  if (recover !== 'none') throw new UsageError('--recover needs a text to fit on; --metric choices has none.');
  if (planner !== undefined)
    throw new UsageError('--metric choices needs a planner of this command; leave out --planner.');
}
