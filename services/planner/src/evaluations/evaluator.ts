import { emptySet, keptModules, trialTokens } from '@bonsai/pruning';
import type {
  LayerStatistics,
  LossesRequest,
  RecoverRequest,
  Recovery,
  RecoverySource,
  RecoveryTrial,
  StatisticsRequest,
  UnitSet,
  UnitTable,
  WindowLoss,
} from '@bonsai/pruning';
import { BonsaiError } from '@bonsai/support';
import { tokensIn, windowTokensOf } from '../calibration/calibration.ts';
import type { Calibration, CalibrationWindow } from '../calibration/calibration.ts';
import type { JobSpec } from '../jobs/job.ts';
import { askScorer } from '../scorer/ask-scorer.ts';
import type { Advance, RetryPolicy } from '../retry/retry-while-gone.ts';
import type { EvaluationBase, Scorer } from '../scorer/scorer.ts';
import { notStored } from '../store/store-error.ts';
import type { WeightsStore } from '../store/weights-store.ts';
import { measurementOf } from '../jobs/job-settings.ts';
import { lossesKey, statisticsKey, trialsKey, weightsKey } from './evaluation-key.ts';
import type { EvaluationContext, KeyedRecovery } from './evaluation-key.ts';
import type { EvaluationStore } from './evaluation-store.ts';
import { inParts, onAllParts } from './in-parts.ts';
import { RecoveryFits } from './recovery-fits.ts';

/** How far one long evaluation is: layers, or blocks whose recovery was tried. */
export type EvaluationPart =
  | { readonly kind: 'statistics'; readonly done: number; readonly total: number }
  | { readonly kind: 'recovery'; readonly done: number };

/** Told about every evaluation that the method gets. */
export interface EvaluationObserver {
  /** Told by the scorer while it works, never of what the store has. */
  partDone(part: EvaluationPart): void;
  evaluated(evaluation: { kind: 'mask' | 'statistics' | 'recovery'; tokens: number; reused: boolean }): void;
}

export interface EvaluatorParts {
  readonly spec: JobSpec;
  readonly revision: string;
  readonly units: UnitTable;
  readonly calibration: Calibration;
  readonly store: EvaluationStore;
  readonly weights: WeightsStore;
  /** The one that the job stays with. */
  readonly scorer: Scorer;
  /** Calls to this go to all scorers in turn. */
  readonly allScorers: Scorer;
  /** How many of all measure masks at the same time. */
  readonly scorersPerJob: number;
  readonly retry: RetryPolicy;
  readonly observer: EvaluationObserver;
}

/** A recovery as scorers and as the store know it. */
interface SourcedRecovery {
  readonly source: RecoverySource;
  readonly keyed: KeyedRecovery;
}

/** A mask that the store does not know. */
interface MissingMask {
  readonly key: string;
  readonly mask: UnitSet;
}

/** Answers a method's questions from the store, and asks a scorer only for the rest. Stores each result before use. */
export class Evaluator {
  readonly #parts: EvaluatorParts;
  readonly #context: EvaluationContext;
  readonly #fits: RecoveryFits;
  /** Keys of the losses that this run has had. */
  readonly #answered = new Set<string>();

  constructor(parts: EvaluatorParts) {
    this.#parts = parts;
    const { precision, metric } = parts.spec.settings;
    this.#context = { revision: parts.revision, precision, measurement: measurementOf(metric) };
    this.#fits = new RecoveryFits(this.#context, windowTokensOf(parts.calibration));
  }

  /** The content address of each mask's result. */
  keys({ cut, masks, windows, recovery }: LossesRequest): string[] {
    const keyed = this.#recovery(recovery)?.keyed;
    const digests = this.#windows(windows).map((window) => window.digest);
    return masks.map((mask) => lossesKey(this.#context, cut, mask, digests, keyed));
  }

  async losses(request: LossesRequest, signal: AbortSignal): Promise<(readonly WindowLoss[])[]> {
    const windows = this.#windows(request.windows);
    const tokens = tokensIn(windows);
    const keys = this.keys(request);
    const recovery = this.#recovery(request.recovery);
    const missing = new Map<string, MissingMask>();
    for (const [i, mask] of request.masks.entries()) {
      const key = keys[i] as string;
      const known = missing.has(key) || this.#stored(key) !== undefined;
      if (known) this.#parts.observer.evaluated({ kind: 'mask', tokens, reused: true });
      else missing.set(key, { key, mask });
    }
    this.#countFit(request, recovery, missing.size === 0);
    await this.#evaluateMissing(this.#base(request.cut, recovery), windows, [...missing.values()], signal);
    return keys.map((key) => {
      this.#answered.add(key);
      return this.#stored(key) ?? notStored();
    });
  }

  /** Losses of the whole model, which are no question of the method's: the observer is told of them once in a run. */
  async wholeModel(windows: readonly number[], signal: AbortSignal): Promise<readonly WindowLoss[]> {
    const none = emptySet(this.#parts.units);
    const request: LossesRequest = { kind: 'losses', cut: none, masks: [none], windows };
    const [key = ''] = this.keys(request);
    if (this.#answered.has(key)) return this.#stored(key) ?? notStored();
    const [losses = []] = await this.losses(request, signal);
    return losses;
  }

  async statistics(request: StatisticsRequest, signal: AbortSignal): Promise<readonly LayerStatistics[]> {
    const { store, scorer, retry, observer } = this.#parts;
    const windows = this.#windows(request.windows);
    const tokens = tokensIn(windows);
    const digests = windows.map((window) => window.digest);
    const recovery = this.#recovery(request.recovery);
    const key = statisticsKey(this.#context, request.cut, request.statistics, digests, recovery?.keyed);
    const known = store.statistics(key);
    if (known === undefined) {
      const base = this.#base(request.cut, recovery);
      const total = base.units.shape.layers.length;
      const onLayer = (done: number): void => observer.partDone({ kind: 'statistics', done, total });
      const ask = (): Promise<LayerStatistics[]> =>
        scorer.collectStatistics(base, tokenIdsOf(windows), request.statistics, signal, onLayer);
      store.addStatistics(key, await askScorer(retry, signal, ask));
    }
    this.#countFit(request, recovery, known !== undefined);
    observer.evaluated({ kind: 'statistics', tokens, reused: known !== undefined });
    return known ?? store.statistics(key) ?? notStored();
  }

  async trials(request: RecoverRequest, signal: AbortSignal): Promise<readonly RecoveryTrial[]> {
    const { store, scorer, retry, observer } = this.#parts;
    const { cut, method, ridge } = request;
    const windows = this.#windows(request.windows);
    const heldOut = this.#windows(request.heldOut);
    const digests = heldOut.map((window) => window.digest);
    const keyed = { method, ridge, windowDigests: windows.map((window) => window.digest) };
    const key = trialsKey(this.#context, cut, keyed, digests);
    const known = store.trials(key);
    if (known === undefined) {
      const tried = { method, ridge, windows: tokenIdsOf(windows), heldOut: tokenIdsOf(heldOut) };
      const onTrial = (done: number): void => observer.partDone({ kind: 'recovery', done });
      const ask = (): Promise<RecoveryTrial[]> => scorer.recover(this.#base(cut, undefined), tried, signal, onTrial);
      store.addTrials(key, await askScorer(retry, signal, ask));
    }
    const trials = known ?? store.trials(key) ?? notStored();
    this.#fits.made(cut, { ...keyed, modules: keptModules({ trials }) });
    const tokens = trialTokens(windowTokensOf(this.#parts.calibration), request, trials.length);
    observer.evaluated({ kind: 'recovery', tokens, reused: known !== undefined });
    return trials;
  }

  /** Digest of the recovered weights of a cut, which are stored when this resolves. */
  async weights(cut: UnitSet, recovery: Recovery, signal: AbortSignal): Promise<string> {
    const { store, weights, scorer, retry } = this.#parts;
    const sourced = this.#sourced(recovery);
    const key = weightsKey(this.#context, cut, sourced.keyed);
    const known = store.weightsDigest(key);
    if (known !== undefined && (await weights.has(known))) return known;
    const fetch = (): Promise<string> => weights.add(scorer.recoveredWeights(this.#base(cut, sourced), signal));
    const stored = await askScorer(retry, signal, fetch);
    store.addWeightsDigest(key, stored);
    return stored;
  }

  /** A recovered model is asked of one scorer, since every other would fit it again first. */
  async #evaluateMissing(
    base: EvaluationBase,
    windows: readonly CalibrationWindow[],
    missing: readonly MissingMask[],
    signal: AbortSignal,
  ): Promise<void> {
    const { scorer, allScorers, scorersPerJob } = this.#parts;
    const parts = inParts(missing, base.recovery === undefined ? scorersPerJob : 1);
    const asked = parts.length === 1 ? scorer : allScorers;
    await onAllParts(parts, signal, (part, stop) => this.#evaluatePart(asked, base, windows, part, stop));
  }

  async #evaluatePart(
    scorer: Scorer,
    base: EvaluationBase,
    windows: readonly CalibrationWindow[],
    part: readonly MissingMask[],
    signal: AbortSignal,
  ): Promise<void> {
    const { store, retry, observer } = this.#parts;
    const tokens = tokensIn(windows);
    const missing = new Map(part.map((mask) => [mask.key, mask]));
    const attempt = async (advance: Advance): Promise<void> => {
      const asked = [...missing.values()];
      const masks = asked.map(({ mask }) => mask);
      for await (const result of scorer.evaluateMasks(base, tokenIdsOf(windows), masks, signal)) {
        const { key } = asked[result.mask] ?? notAsked(result.mask);
        store.addLosses(key, result.losses, this.#context.measurement);
        if (missing.delete(key)) observer.evaluated({ kind: 'mask', tokens, reused: false });
        advance();
      }
    };
    await askScorer(retry, signal, attempt);
  }

  #countFit(
    { cut, recovery }: LossesRequest | StatisticsRequest,
    sourced: SourcedRecovery | undefined,
    reused: boolean,
  ): void {
    if (recovery === undefined || sourced === undefined) return;
    const tokens = this.#fits.tokensFor(cut, recovery, sourced.keyed);
    if (tokens > 0) this.#parts.observer.evaluated({ kind: 'recovery', tokens, reused });
  }

  #stored(key: string): readonly WindowLoss[] | undefined {
    return this.#parts.store.losses(key, this.#context.measurement);
  }

  #windows(indices: readonly number[]): CalibrationWindow[] {
    return indices.map((index) => {
      const window = this.#parts.calibration.windows[index];
      if (window === undefined) throw new RangeError(`no calibration window ${index}`);
      return window;
    });
  }

  #base(cut: UnitSet, recovery: SourcedRecovery | undefined): EvaluationBase {
    const { spec, revision, units } = this.#parts;
    const { precision, metric } = spec.settings;
    const model = { path: spec.model.path, revision };
    return { model, precision, measurement: measurementOf(metric), units, cut, recovery: recovery?.source };
  }

  #recovery(recovery: Recovery | undefined): SourcedRecovery | undefined {
    return recovery === undefined ? undefined : this.#sourced(recovery);
  }

  #sourced(recovery: Recovery): SourcedRecovery {
    const windows = this.#windows(recovery.windows);
    const { method, ridge, modules } = recovery;
    const recipe = { method, ridge, modules };
    return {
      source: { ...recipe, windows: tokenIdsOf(windows) },
      keyed: { ...recipe, windowDigests: windows.map((window) => window.digest) },
    };
  }
}

function tokenIdsOf(windows: readonly CalibrationWindow[]): Uint32Array[] {
  return windows.map((window) => window.tokenIds);
}

function notAsked(mask: number): never {
  throw new BonsaiError(`The scorer answered mask ${mask}, which was not asked for; use one of the same version.`, {
    code: 'INTERNAL',
    reason: 'INTERNAL',
  });
}
