import type { Evaluator } from '../evaluations/evaluator.ts';
import type { Job } from '../jobs/job.ts';
import type { RunEnvironment } from '../jobs/run-job.ts';
import { identifyMetric } from './identify-metric.ts';
import { MEASURED } from './objective.ts';
import type { Objective } from './objective.ts';
import { UserObjective } from './user-objective.ts';

/**
 * Runs `body` with what the job minimises.
 * @throws BonsaiError METRIC_CHANGED if a metric of the user's own is not what it was when the job was made; METRIC_UNAVAILABLE
 */
export async function withObjective<T>(
  { spec, model }: Job,
  evaluator: Evaluator,
  { openMetric, retry, metricLosses }: Pick<RunEnvironment, 'openMetric' | 'retry' | 'metricLosses'>,
  signal: AbortSignal,
  body: (objective: Objective) => Promise<T>,
): Promise<T> {
  const { metric: kind } = spec.settings;
  if (kind !== 'user') return body(MEASURED[kind]);
  const metric = openMetric(spec);
  try {
    const identity = await identifyMetric(metric, spec.settings.userMetric, retry, signal);
    const { revision } = model;
    const { calibration } = spec;
    const store = metricLosses;
    return await body(new UserObjective({ metric, identity, revision, calibration, evaluator, store, retry }));
  } finally {
    metric.close();
  }
}
