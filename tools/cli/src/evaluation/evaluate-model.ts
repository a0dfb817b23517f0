import { emptySet } from '@bonsai/pruning';
import type { Measurement, RecoverySource, UnitSet, UnitTable, WindowLoss } from '@bonsai/pruning';
import type { EvaluationBase, Scorer } from '@bonsai/planner';
import type { LocalModel } from '../model/open-model.ts';
import type { PrecisionName } from '../options/pruning-options.ts';

export interface EvaluatedModel {
  readonly model: LocalModel;
  readonly units: UnitTable;
  readonly precision: PrecisionName;
  /** NLL by default. */
  readonly measurement?: Measurement;
  /** Units that are cut out first; none by default. */
  readonly cut?: UnitSet;
  /** What makes up for them; nothing by default. */
  readonly recovery?: RecoverySource | undefined;
}

function baseOf({ model, units, precision, measurement = 'nll', cut, recovery }: EvaluatedModel): EvaluationBase {
  const { path, revision } = model;
  return { model: { path, revision }, precision, measurement, units, cut: cut ?? emptySet(units), recovery };
}

/** Losses of every window. */
export function evaluateModel(
  scorer: Pick<Scorer, 'evaluate'>,
  evaluated: EvaluatedModel,
  windows: readonly Uint32Array[],
  signal: AbortSignal,
  onWindow: (done: number) => void,
): Promise<WindowLoss[]> {
  return scorer.evaluate(baseOf(evaluated), windows, signal, onWindow);
}

/** Losses of every window without each mask in turn, in the order of the masks. */
export async function evaluateMaskedModels(
  scorer: Scorer,
  evaluated: EvaluatedModel,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
  signal: AbortSignal,
  onMask: (done: number) => void,
): Promise<(readonly WindowLoss[])[]> {
  if (masks.length === 0) return [];
  const results: (readonly WindowLoss[])[] = [];
  let done = 0;
  for await (const { mask, losses } of scorer.evaluateMasks(baseOf(evaluated), windows, masks, signal)) {
    results[mask] = losses;
    onMask(++done);
  }
  return results;
}
