import { BonsaiError } from '@bonsai/support';
import type { JobSpec } from '../jobs/job.ts';
import { GrpcMetric } from './grpc-metric.ts';
import type { UserMetric } from './user-metric.ts';

/**
 * Opens the metric that a job names. @throws BonsaiError METRIC_UNAVAILABLE where it names no service and this planner was
 * started without a module
 */
export type OpenMetric = (spec: JobSpec) => UserMetric;

/** @param ownMetric the one that this planner was started with; requests cannot name another */
export function metricOpener(
  ownMetric: UserMetric | undefined,
  now: () => number,
  callMilliseconds: number | undefined,
): OpenMetric {
  return ({ metricService }) => {
    if (metricService !== undefined) return new GrpcMetric(metricService, now, callMilliseconds);
    if (ownMetric !== undefined) return ownMetric;
    throw new BonsaiError(
      'The job names no metric service and this planner has no metric of its own; name a service, start the planner with --metric-module, or run bonsai prune again as before.',
      { code: 'FAILED_PRECONDITION', reason: 'METRIC_UNAVAILABLE', field: 'spec.metric_service' },
    );
  };
}
