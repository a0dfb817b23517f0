import type { MetricIdentity } from '../jobs/job-settings.ts';
import { metricInvalid } from './metric-error.ts';

/** @throws BonsaiError METRIC_INVALID unless there is one usable number per mask */
export function checkLosses(losses: readonly unknown[], masks: number): readonly number[] {
  if (losses.length !== masks) throw metricInvalid(`it gave ${losses.length} losses for ${masks} masks`);
  return losses.map((loss, mask) => {
    if (typeof loss === 'number' && loss > -Infinity) return loss;
    throw metricInvalid(`its loss for mask ${mask} of ${masks} is ${String(loss)}`);
  });
}

/** @throws BonsaiError METRIC_INVALID if it has no name */
export function checkIdentity({ name, version, digest }: MetricIdentity): MetricIdentity {
  if (name === '') throw metricInvalid('it does not say its name');
  return { name, version, digest };
}
