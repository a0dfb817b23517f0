import { defaultPrior } from '@bonsai/pruning';
import type { Measurement, PruningSettings } from '@bonsai/pruning';

/** What a mask's loss is: the mean of a measurement per token, or what a metric of the user's own makes of the windows' scores. */
export type Metric = Measurement | 'user';

/** A metric of the user's own, as it describes itself; its losses are stored under all three. */
export interface MetricIdentity {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
}

/** Number format of the weights on the device; `auto` is what the scorer takes for the model, as a rule that of the checkpoint. */
export type Precision = 'auto' | 'f32' | 'f16' | 'bf16';

/**
 * Everything that, with the model and the calibration text, determines the plan. Three settings may be open in a request
 * and are filled in when the job is made: precision `auto`, 0 windows per mask (the default, or all there are), and 0 rounds (the
 * default, or as many as budget and widths allow). So is the identity of a metric of the user's own.
 */
export interface JobSettings extends PruningSettings {
  readonly metric: Metric;
  /** With metric `user`; undefined in a request: whatever the metric says that it is. */
  readonly userMetric: MetricIdentity | undefined;
  readonly precision: Precision;
}

/**
 * What a setting is when a request leaves it at 0 or unspecified. Only the sparsity has no default. The seed's default is
 * 0, which is also a seed like any other. The prior's default follows the method; here it is that of the default method.
 */
export const DEFAULT_SETTINGS: Omit<JobSettings, 'sparsity'> = {
  method: 'bonsai',
  prior: defaultPrior('bonsai'),
  metric: 'nll',
  userMetric: undefined,
  rounds: 10,
  masksPerRound: 80,
  windowsPerMask: 6,
  seed: 0,
  poolFactor: 3,
  precision: 'auto',
};

/** What a scorer has to compute for a metric. */
export function measurementOf(metric: Metric): Measurement {
  return metric === 'user' ? 'nll' : metric;
}
