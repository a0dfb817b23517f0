import { defaultPrior } from '@bonsai/pruning';
import type { PruningSettings } from '@bonsai/pruning';

export type Metric = 'nll';

/** Number format of the weights on the device; `auto` is f16 where the scorer's adapter has shader-f16, else f32. */
export type Precision = 'auto' | 'f32' | 'f16';

/**
 * Everything that, with the model and the calibration text, determines the plan. Two settings may be open in a request
 * and are filled in when the job is made: precision `auto`, and 0 windows per mask (the default, or all there are).
 */
export interface JobSettings extends PruningSettings {
  readonly metric: Metric;
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
  rounds: 10,
  masksPerRound: 80,
  windowsPerMask: 6,
  seed: 0,
  poolFactor: 3,
  precision: 'auto',
};
