import { modelShape } from '@bonsai/checkpoint';
import type { Checkpoint, ModelConfig } from '@bonsai/checkpoint';
import { emptySet, UnitTable } from '@bonsai/pruning';
import type { UnitSet, WindowLoss } from '@bonsai/pruning';
import { integerBelow, seededRandom } from '@bonsai/support';
import type { Predictions } from '../divergence/predictions.ts';
import type { TransformerModel } from '../transformer-model.ts';
import { fakeCheckpoint, SMALL_CONFIG } from './fake-checkpoint.ts';

export interface RandomModel {
  readonly checkpoint: Checkpoint;
  readonly units: UnitTable;
  /** Of different lengths, 2 and the context length among them. */
  readonly windows: readonly Uint32Array[];
  /** A set that holds each unit with the given probability; of query heads, equally many of every group, also with other sets. */
  readonly randomSet: (probability: number) => UnitSet;
}

export function randomModel(seed: number, changes: Partial<ModelConfig> = {}): RandomModel {
  const { headDim = SMALL_CONFIG.headDim } = changes;
  const config = { ...SMALL_CONFIG, rotaryDim: headDim, ...changes };
  const random = seededRandom(seed, 1000);
  const units = new UnitTable(modelShape(config));
  const windows = [2, config.contextLength, 7, 7, 11, 7].map((length) =>
    Uint32Array.from({ length }, () => integerBelow(random, config.vocabSize)),
  );
  return {
    checkpoint: fakeCheckpoint(config, seed),
    units,
    windows,
    randomSet: (probability) => {
      const draw = (): number => (random.next() < probability ? 1 : 0);
      const set = emptySet(units);
      for (const { layer, kind, start, count } of units.modules) {
        if (kind !== 'queryHead') set.set(Uint8Array.from({ length: count }, draw), start);
        else set.set(headRows(count, units.module(layer, 'kvGroup').count, draw), start);
      }
      return set;
    },
  };
}

/** Rows of query heads, one head of every group, another one in every group; the first row always stays. */
function headRows(heads: number, groups: number, draw: () => number): Uint8Array {
  const perGroup = heads / groups;
  const rows = Array.from({ length: perGroup }, (_, row) => (row === 0 ? 0 : draw()));
  return Uint8Array.from({ length: heads }, (_, head) => {
    const group = Math.floor(head / perGroup);
    return rows[(head + group) % perGroup] as number;
  });
}

/** NLL sums by mask, then by window. */
export async function lossesOf(
  model: TransformerModel,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
): Promise<number[][]> {
  const losses = await windowLosses(model, windows, masks);
  return losses.map((mask) => mask.map(({ nllSum }) => nllSum));
}

/** By mask, then by window. */
export async function windowLosses(
  model: TransformerModel,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
  compared?: readonly Predictions[],
): Promise<(readonly WindowLoss[])[]> {
  const losses: (readonly WindowLoss[])[] = [];
  for await (const mask of model.evaluate(windows, masks, undefined, compared)) losses.push(mask.windows);
  return losses;
}
