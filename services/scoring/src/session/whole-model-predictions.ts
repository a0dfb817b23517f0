import { expectedPredictionBytes } from '@bonsai/model';
import type { Predictions } from '@bonsai/model';
import type { ModelCache } from './model-cache.ts';
import { nothingOf, wholeModelOf } from './model-target.ts';
import type { ModelTarget } from './model-target.ts';
import { PredictionCache } from './prediction-cache.ts';
import type { TurnCaller } from './turn-caller.ts';
import { turns } from './turns.ts';
import type { Turn } from './turns.ts';

/** What others are compared with: the predictions of models of which nothing is cut and to which nothing was done. */
export class WholeModelPredictions {
  readonly #models: ModelCache;
  readonly #turnTokens: number;
  readonly #predictions = new PredictionCache();

  /** @param turnTokens forward tokens of a turn */
  constructor(models: ModelCache, turnTokens: number) {
    this.#models = models;
    this.#turnTokens = turnTokens;
  }

  /** Of the whole model of a target, for every window. For the holder of the GPU's queue only. */
  of(target: ModelTarget, windows: readonly Uint32Array[], caller: TurnCaller): Promise<readonly Predictions[]> {
    const whole = { ...target, cut: nothingOf(target.cut), recovery: undefined };
    return this.#predictions.of(wholeModelOf(target), windows, (missing) =>
      this.#models.use(whole, caller, (loaded) => loaded.predict(missing, caller)),
    );
  }

  /**
   * Windows from a turn on, as many as can be held, turn by turn, where they are more than those of the turn: on a device that
   * holds only one of the two models, either is loaded once for all of them.
   */
  *ahead(
    target: ModelTarget,
    windows: readonly Uint32Array[],
    { start, end }: Turn['windows'],
  ): Generator<readonly Uint32Array[], void, undefined> {
    const { vocabSize } = target.checkpoint.config;
    const bytes = windows.slice(start).map(({ length }) => expectedPredictionBytes(vocabSize, length));
    const ahead = windows.slice(start, start + this.#predictions.roomFor(bytes));
    if (ahead.length <= end - start || this.#predictions.holds(wholeModelOf(target), windows.slice(start, end))) return;
    const lengths = ahead.map(({ length }) => length);
    for (const turn of turns(lengths, 1, this.#turnTokens)) yield ahead.slice(turn.windows.start, turn.windows.end);
  }
}
