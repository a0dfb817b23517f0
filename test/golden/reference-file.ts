import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UnitSet, UnitTable } from '@bonsai/pruning';

/** By layer number. */
type RemovedUnits = Readonly<Record<string, readonly number[]>>;

/** Sums of NLL per window from an independent float64 implementation in PyTorch, with and without masks. */
export interface ReferenceFile {
  readonly windows: readonly (readonly number[])[];
  readonly nll_sum: readonly number[];
  readonly masks: readonly {
    readonly removed_query_heads: RemovedUnits;
    readonly removed_ffn_neurons: RemovedUnits;
  }[];
  /** By mask, then by window. */
  readonly masked_nll_sum: readonly (readonly number[])[];
}

export async function readReference(directory: string): Promise<ReferenceFile> {
  const file: ReferenceFile = JSON.parse(await readFile(join(directory, 'reference.json'), 'utf8'));
  return file;
}

/** The masks of a reference as sets of units. Its heads come as whole KV groups. */
export function referenceMasks(reference: ReferenceFile, units: UnitTable): UnitSet[] {
  const { queryHeadsPerGroup } = units.shape;
  return reference.masks.map((mask) => {
    const removed = new Uint8Array(units.count);
    for (const layer of units.shape.layers.keys()) {
      const heads = mask.removed_query_heads[layer] ?? [];
      const groups = new Set(heads.map((head) => Math.floor(head / queryHeadsPerGroup)));
      if (groups.size * queryHeadsPerGroup !== heads.length) throw new Error(`layer ${layer} splits a KV group`);
      for (const group of groups) removed[units.module(layer, 'kvGroup').start + group] = 1;
      for (const neuron of mask.removed_ffn_neurons[layer] ?? []) {
        removed[units.module(layer, 'ffnNeuron').start + neuron] = 1;
      }
    }
    return removed;
  });
}
