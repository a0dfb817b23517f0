import type { LayerStatistics, StatisticKind, UnitSet, UnitTable, WindowLoss } from '@bonsai/pruning';
import type { Caller } from './caller.ts';
import type { Predictions } from './divergence/predictions.ts';
import type { RecoveredModule, RecoveryRequest } from './recovery/recovery-request.ts';

export interface EvaluatedMask {
  /** Index into the masks of the call. */
  readonly index: number;
  /** One loss per window of the call. */
  readonly windows: readonly WindowLoss[];
}

/** A checkpoint whose weights are on a backend, with some units cut out of them. Calls must not overlap. */
export interface TransformerModel {
  /** All units of the original model, cut or not. */
  readonly units: UnitTable;
  /** Units that are not in the weights. */
  readonly cut: UnitSet;
  /** Device bytes of the weights that are there between calls. */
  readonly weightBytes: number;
  /**
   * NLL of every mask on every window; masks name units of the original model, windows are token ids, of any lengths >= 2
   * up to the context length. Yields in order of index. A score is bit-equal however masks are batched.
   * @param compared one per window, by a model of the same vocabulary: losses then have a `klSum`, the divergence of the
   * masked model's predictions from these
   * @throws BonsaiError MASK_LENGTH, MASK_REMOVES_EVERYTHING, TOKEN_OUT_OF_RANGE, WINDOW_LENGTH, CANCELLED
   */
  evaluate(
    windows: readonly Uint32Array[],
    masks: readonly UnitSet[],
    caller?: Caller,
    compared?: readonly Predictions[],
  ): AsyncGenerator<EvaluatedMask, void, undefined>;
  /**
   * What this model predicts on every window, for others to be compared with. Bit-equal however windows are batched.
   * @throws BonsaiError as {@link evaluate}
   */
  predict(windows: readonly Uint32Array[], caller?: Caller): Promise<Predictions[]>;
  /** Statistics of the model as cut, layer by layer, over all tokens of the windows. */
  collectStatistics(
    windows: readonly Uint32Array[],
    kinds: readonly StatisticKind[],
    caller?: Caller,
  ): AsyncGenerator<LayerStatistics, void, undefined>;
  /**
   * Recovers what the cut lost, module by module; the model itself stays as it is. Yields every module that was tried.
   * @throws BonsaiError TOKEN_OUT_OF_RANGE, WINDOW_LENGTH, TEXT_EMPTY, SETTING_INVALID, CANCELLED
   */
  recover(request: RecoveryRequest, caller?: Caller): AsyncGenerator<RecoveredModule, void, undefined>;
  release(): void;
}
