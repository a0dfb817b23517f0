import { emptySet } from '@bonsai/pruning';
import type { Module, UnitSet, UnitTable } from '@bonsai/pruning';
import { invalidArgument } from '@bonsai/support';
import type { ListedMask } from './reference-file.ts';

/**
 * The removed units of a mask that lists query heads. A KV group goes as a whole, because its query heads share one
 * key/value head.
 * @param field place of the mask in its file, for errors
 * @throws BonsaiError MASK_LENGTH if a layer or unit does not exist, REQUEST_INVALID if part of a group is removed
 */
export function unitSetOfMask(units: UnitTable, mask: ListedMask, field: string): UnitSet {
  const set = emptySet(units);
  for (const [layer, heads] of mask.removedQueryHeads) {
    const place = `${field}.removed_query_heads.${layer}`;
    const groups = wholeGroups(heads, units.shape.queryHeadsPerGroup, place);
    remove(moduleAt(units, layer, 'kvGroup', place), groups, set, place);
  }
  for (const [layer, neurons] of mask.removedFfnNeurons) {
    const place = `${field}.removed_ffn_neurons.${layer}`;
    remove(moduleAt(units, layer, 'ffnNeuron', place), neurons, set, place);
  }
  return set;
}

function wholeGroups(heads: readonly number[], headsPerGroup: number, field: string): number[] {
  const removed = new Set(heads);
  const groups = [...new Set(heads.map((head) => Math.floor(head / headsPerGroup)))];
  for (const group of groups) {
    for (let head = group * headsPerGroup; head < (group + 1) * headsPerGroup; head++) {
      if (removed.has(head)) continue;
      const message = `Query heads ${group * headsPerGroup} to ${(group + 1) * headsPerGroup - 1} share a key/value head; remove all of them or none.`;
      throw invalidArgument('REQUEST_INVALID', field, message);
    }
  }
  return groups;
}

function moduleAt(units: UnitTable, layer: number, kind: Module['kind'], field: string): Module {
  const layers = units.shape.layers.length;
  if (layer < layers) return units.module(layer, kind);
  throw invalidArgument('MASK_LENGTH', field, `The model has ${layers} layers, numbered from 0; there is no ${layer}.`);
}

function remove(module: Module, indices: readonly number[], set: UnitSet, field: string): void {
  for (const index of indices) {
    if (index >= module.count) {
      const message = `The layer has ${module.count} units of this kind, numbered from 0; there is no ${index}.`;
      throw invalidArgument('MASK_LENGTH', field, message);
    }
    set[module.start + index] = 1;
  }
}
