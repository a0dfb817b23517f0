import { emptySet, UnitTable } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { modelShape } from '../model-config.ts';
import type { ModelConfig } from '../model-config.ts';

/** What is removed of a layer: indices of KV groups and of FFN neurons. */
export type Removed = Readonly<
  Record<number, { readonly groups?: readonly number[]; readonly neurons?: readonly number[] }>
>;

export function cutOf(config: ModelConfig, removed: Removed = {}): UnitSet {
  const units = new UnitTable(modelShape(config));
  const cut = emptySet(units);
  for (const [layer, { groups = [], neurons = [] }] of Object.entries(removed)) {
    for (const group of groups) cut[units.module(Number(layer), 'kvGroup').start + group] = 1;
    for (const neuron of neurons) cut[units.module(Number(layer), 'ffnNeuron').start + neuron] = 1;
  }
  return cut;
}

/** 0, 1, ..., count - 1 */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
