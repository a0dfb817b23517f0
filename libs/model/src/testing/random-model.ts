import { modelShape } from '@bonsai/checkpoint';
import type { Checkpoint, ModelConfig } from '@bonsai/checkpoint';
import { UnitTable } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { integerBelow, seededRandom } from '@bonsai/support';
import type { EvaluatedMask, TransformerModel } from '../transformer-model.ts';
import { fakeCheckpoint, SMALL_CONFIG } from './fake-checkpoint.ts';

export interface RandomModel {
  readonly checkpoint: Checkpoint;
  readonly units: UnitTable;
  /** Of different lengths, 2 and the context length among them. */
  readonly windows: readonly Uint32Array[];
  /** A set that holds each unit with the given probability. */
  readonly randomSet: (probability: number) => UnitSet;
}

export function randomModel(seed: number, changes: Partial<ModelConfig> = {}): RandomModel {
  const config = { ...SMALL_CONFIG, ...changes };
  const random = seededRandom(seed, 1000);
  const units = new UnitTable(modelShape(config));
  const windows = [2, config.contextLength, 7, 7, 11, 7].map((length) =>
    Uint32Array.from({ length }, () => integerBelow(random, config.vocabSize)),
  );
  return {
    checkpoint: fakeCheckpoint(config, seed),
    units,
    windows,
    randomSet: (probability) => Uint8Array.from({ length: units.count }, () => (random.next() < probability ? 1 : 0)),
  };
}

/** NLL sums by mask, then by window. */
export async function lossesOf(
  model: TransformerModel,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
): Promise<number[][]> {
  const evaluated: EvaluatedMask[] = [];
  for await (const mask of model.evaluate(windows, masks)) evaluated.push(mask);
  return evaluated.map((mask) => mask.windows.map(({ nllSum }) => nllSum));
}
