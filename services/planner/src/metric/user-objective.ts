import type { LossesRequest, MaskLosses, WindowLoss } from '@bonsai/pruning';
import { digest } from '@bonsai/support';
import type { Evaluator } from '../evaluations/evaluator.ts';
import { retryWhileGone } from '../retry/retry-while-gone.ts';
import type { RetryPolicy } from '../retry/retry-while-gone.ts';
import type { MetricIdentity } from '../jobs/job-settings.ts';
import { notStored } from '../store/store-error.ts';
import { metricUnavailable } from './metric-error.ts';
import type { MetricStore } from './metric-store.ts';
import type { Objective } from './objective.ts';
import type { UserMetric, WindowResult } from './user-metric.ts';

export interface UserObjectiveParts {
  readonly metric: UserMetric;
  readonly identity: MetricIdentity;
  readonly revision: string;
  /** Digest of the calibration windows. */
  readonly calibration: string;
  readonly evaluator: Evaluator;
  readonly store: MetricStore;
  readonly retry: RetryPolicy;
}

/** A mask whose loss the store does not know. */
interface Unscored {
  readonly key: string;
  readonly windows: readonly WindowResult[];
}

/**
 * Losses by a metric of the user's own. They are stored before use, all of one question together: a question that fails midway is
 * asked again as a whole, and no other. A broken mask has none and counts as infinite.
 */
export class UserObjective implements Objective {
  readonly #parts: UserObjectiveParts;

  constructor(parts: UserObjectiveParts) {
    this.#parts = parts;
  }

  async losses(
    request: LossesRequest,
    measured: readonly (readonly WindowLoss[])[],
    signal: AbortSignal,
  ): Promise<MaskLosses> {
    const { store } = this.#parts;
    const keys = this.#keys(request);
    const unscored = new Map<string, Unscored>();
    for (const [i, losses] of measured.entries()) {
      const key = keys[i] as string;
      if (!isBroken(losses) && store.loss(key) === undefined) {
        unscored.set(key, { key, windows: named(request, losses) });
      }
    }
    await this.#score([...unscored.values()], request, signal);
    const lossOf = (key: string): number => store.loss(key) ?? notStored();
    return { losses: measured.map((losses, i) => (isBroken(losses) ? Infinity : lossOf(keys[i] as string))) };
  }

  async #score(unscored: readonly Unscored[], request: LossesRequest, signal: AbortSignal): Promise<void> {
    if (unscored.length === 0) return;
    const { metric, revision, calibration, evaluator, store, retry } = this.#parts;
    const base = await evaluator.wholeModel(request.windows, signal);
    const masks = unscored.map(({ windows }) => windows);
    const ask = (): Promise<readonly number[]> =>
      metric.losses({ revision, calibration, base: named(request, base), masks }, signal);
    const losses = await retryWhileGone(retry, signal, ask, metricUnavailable);
    for (const [i, { key }] of unscored.entries()) store.addLoss(key, losses[i] as number);
  }

  #keys(request: LossesRequest): string[] {
    const { identity, calibration, evaluator } = this.#parts;
    const { name, version, digest: own } = identity;
    const windows = request.windows.join();
    return evaluator.keys(request).map((key) => digest(['metric', name, version, own, calibration, windows, key]));
  }
}

function isBroken(losses: readonly WindowLoss[]): boolean {
  return losses.some(({ nllSum }) => !Number.isFinite(nllSum));
}

function named({ windows }: LossesRequest, losses: readonly WindowLoss[]): WindowResult[] {
  return losses.map((loss, i) => ({ window: windows[i] ?? 0, ...loss }));
}
