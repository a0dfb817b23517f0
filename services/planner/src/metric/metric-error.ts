import { BonsaiError } from '@bonsai/support';
import type { MetricIdentity } from '../jobs/job-settings.ts';

export function metricUnavailable(cause: BonsaiError): BonsaiError {
  const message = `The metric service does not answer: ${cause.message} Start it again, then resume the job.`;
  return new BonsaiError(message, { code: 'UNAVAILABLE', reason: 'METRIC_UNAVAILABLE', cause });
}

/** The metric does not do what metric.proto asks of it. */
export function metricInvalid(why: string, cause?: unknown): BonsaiError {
  return new BonsaiError(`The metric cannot be used: ${why}; mend it, then resume the job.`, {
    code: 'FAILED_PRECONDITION',
    reason: 'METRIC_INVALID',
    cause,
  });
}

export function metricChanged(expected: MetricIdentity, found: MetricIdentity): BonsaiError {
  const message =
    `The job was made with ${nameOf(expected)}, but the metric now says that it is ${nameOf(found)}; ` +
    'bring the old one back or make a new job.';
  return new BonsaiError(message, {
    code: 'FAILED_PRECONDITION',
    reason: 'METRIC_CHANGED',
    field: 'spec.settings.user_metric',
  });
}

const nameOf = ({ name, version, digest }: MetricIdentity): string => `${name} ${version} (digest "${digest}")`;
