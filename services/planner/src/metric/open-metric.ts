import { BonsaiError } from '@bonsai/support';
import type { JobSpec } from '../jobs/job.ts';
import { GrpcMetric } from './grpc-metric.ts';
import type { UserMetric } from './user-metric.ts';

/**
 * Opens the metric that a job names. @throws BonsaiError METRIC_UNAVAILABLE where it names no service and this planner was
 * started without a module
 */
export type OpenMetric = (spec: JobSpec) => UserMetric;

/** @param ownModule the module that this planner was started with; requests cannot name another */
export function metricOpener(
  ownModule: UserMetric | undefined,
  now: () => number,
  callMilliseconds: number | undefined,
): OpenMetric {
  return ({ metricService }) => {
    if (metricService !== undefined) return new GrpcMetric(metricService, now, callMilliseconds);
    if (ownModule !== undefined) return ownModule;
    throw new BonsaiError(
      'The job names no metric service and this planner has no metric module; name one, or start the planner with --metric-module.',
      { code: 'FAILED_PRECONDITION', reason: 'METRIC_UNAVAILABLE', field: 'spec.metric_service' },
    );
  };
}
