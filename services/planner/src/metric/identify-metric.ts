import { retryWhileGone } from '../retry/retry-while-gone.ts';
import type { RetryPolicy } from '../retry/retry-while-gone.ts';
import type { MetricIdentity } from '../jobs/job-settings.ts';
import { metricChanged, metricUnavailable } from './metric-error.ts';
import type { UserMetric } from './user-metric.ts';

/**
 * Which metric answers. @param expected what it must be; undefined: whatever it is
 * @throws BonsaiError METRIC_CHANGED, METRIC_UNAVAILABLE, METRIC_INVALID
 */
export async function identifyMetric(
  metric: UserMetric,
  expected: MetricIdentity | undefined,
  retry: RetryPolicy,
  signal: AbortSignal,
): Promise<MetricIdentity> {
  const found = await retryWhileGone(retry, signal, () => metric.describe(signal), metricUnavailable);
  if (expected !== undefined && !isSame(expected, found)) throw metricChanged(expected, found);
  return found;
}

function isSame(a: MetricIdentity, b: MetricIdentity): boolean {
  return a.name === b.name && a.version === b.version && a.digest === b.digest;
}
