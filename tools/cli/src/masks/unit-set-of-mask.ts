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
    const module = moduleAt(units, layer, 'kvGroup', place);
    const { queryHeadsPerGroup } = units.shape;
    requireBelow(module.count * queryHeadsPerGroup, heads, 'query heads', place);
    remove(module, wholeGroups(heads, queryHeadsPerGroup, place), set);
  }
  for (const [layer, neurons] of mask.removedFfnNeurons) {
    const place = `${field}.removed_ffn_neurons.${layer}`;
    const module = moduleAt(units, layer, 'ffnNeuron', place);
    requireBelow(module.count, neurons, 'FFN neurons', place);
    remove(module, neurons, set);
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

function requireBelow(count: number, indices: readonly number[], what: string, field: string): void {
  const outside = indices.find((index) => index >= count);
  if (outside === undefined) return;
  const message = `The layer has ${count} ${what}, numbered from 0; there is no ${outside}.`;
  throw invalidArgument('MASK_LENGTH', field, message);
}

function remove(module: Module, indices: readonly number[], set: UnitSet): void {
  for (const index of indices) set[module.start + index] = 1;
}
