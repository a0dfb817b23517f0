import type { WindowLoss } from '@bonsai/pruning';
import type { MetricIdentity } from '../jobs/job-settings.ts';

/** What a scorer found on one window. */
export interface WindowResult extends WindowLoss {
  /** Position among the windows of the calibration. */
  readonly window: number;
}

export interface MetricQuestion {
  readonly revision: string;
  readonly calibration: string;
  /** The original model on the windows that masks were evaluated on. */
  readonly base: readonly WindowResult[];
  /** Per mask, one result per window in the order of `base`; all finite. */
  readonly masks: readonly (readonly WindowResult[])[];
}

/**
 * A metric of the user's own: see metric.proto for what it promises. Both calls throw BonsaiError: METRIC_INVALID if it
 * answers nonsense or fails, CANCELLED if the signal aborts; a service that is gone or silent throws what retries know.
 */
export interface UserMetric {
  describe(signal: AbortSignal): Promise<MetricIdentity>;
  /** One loss per mask, lower is better. */
  losses(question: MetricQuestion, signal: AbortSignal): Promise<readonly number[]>;
  close(): void;
}
