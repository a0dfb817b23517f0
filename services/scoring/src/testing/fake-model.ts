import type { Caller, EvaluatedMask, Predictions, RecoveredModule, TransformerModel } from '@bonsai/model';
import { emptySet } from '@bonsai/pruning';
import type { LayerStatistics, StatisticKind, UnitSet, UnitStatistics } from '@bonsai/pruning';
import { units } from './scoring-fixture.ts';

/** A model that computes nothing and does what a test says before each mask or layer. */
export class FakeModel implements TransformerModel {
  readonly units = units;
  readonly cut = emptySet(units);
  readonly weightBytes: number;
  readonly #beforeEach: (model: FakeModel, signal: AbortSignal | undefined) => Promise<void>;
  /** Masks and layers that were computed. */
  steps = 0;
  released = false;

  constructor(
    weightBytes: number,
    beforeEach: (model: FakeModel, signal: AbortSignal | undefined) => Promise<void> = () => Promise.resolve(),
  ) {
    this.weightBytes = weightBytes;
    this.#beforeEach = beforeEach;
  }

  /** The score of a mask is the number of units that it removes. */
  async *evaluate(
    windows: readonly Uint32Array[],
    masks: readonly UnitSet[],
    caller?: Caller,
  ): AsyncGenerator<EvaluatedMask, void, undefined> {
    for (const [index, mask] of masks.entries()) {
      await this.#step(caller?.signal);
      const nllSum = mask.reduce((sum, member) => sum + member, 0);
      yield { index, windows: windows.map((window) => ({ nllSum, tokenCount: window.length - 1 })) };
    }
  }

  /** Predicts every token without a doubt. */
  async predict(windows: readonly Uint32Array[], caller?: Caller): Promise<Predictions[]> {
    await this.#step(caller?.signal);
    return windows.map(({ length }) => ({
      tokens: new Uint32Array(),
      logits: new Float32Array(),
      losses: new Float32Array(length),
    }));
  }

  /** The statistics of a layer say its number. */
  async *collectStatistics(
    _windows: readonly Uint32Array[],
    _kinds: readonly StatisticKind[],
    caller?: Caller,
  ): AsyncGenerator<LayerStatistics, void, undefined> {
    for (const layer of units.shape.layers.keys()) {
      await this.#step(caller?.signal);
      const statistics: UnitStatistics = {
        meanAbs: Float64Array.of(layer),
        rmsTimesWeight: Float64Array.of(layer),
        standardFluctuation: Float64Array.of(layer),
        outputEnergy: Float64Array.of(layer),
        obsEnergy: undefined,
      };
      yield {
        attentionResidualEnergy: layer,
        ffnResidualEnergy: layer,
        kvGroups: statistics,
        ffnNeurons: statistics,
        similarity: undefined,
      };
    }
  }

  /** Recovers nothing. */
  async *recover(): AsyncGenerator<RecoveredModule, void, undefined> {
    await this.#step(undefined);
  }

  release(): void {
    this.released = true;
  }

  async #step(signal: AbortSignal | undefined): Promise<void> {
    if (this.released) throw new Error('the model was used after its release');
    await this.#beforeEach(this, signal);
    signal?.throwIfAborted();
    this.steps++;
  }
}
