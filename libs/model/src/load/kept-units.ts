import { keptIndices, keptQueryHeads } from '@bonsai/pruning';
import type { Module, UnitSet, UnitTable } from '@bonsai/pruning';

/** The units of one kind that a layer still has. */
export interface KeptUnits {
  readonly module: Module;
  /** Within the original module, ascending; position i is unit i of the compacted weights. */
  readonly indices: readonly number[];
}

/** KV groups with the query heads that they keep, equally many of each. */
export interface KeptAttention extends KeptUnits {
  /** Within the original layer, ascending; position i is query head i of the compacted weights. */
  readonly queryHeads: readonly number[];
}

export interface KeptLayer {
  readonly attention: KeptAttention;
  readonly ffn: KeptUnits;
}

/** What a cut leaves of every layer. */
export function keptLayers(units: UnitTable, cut: UnitSet): KeptLayer[] {
  const kept = (module: Module): KeptUnits => ({ module, indices: keptIndices(module, cut) });
  return units.shape.layers.map((_, layer) => ({
    attention: { ...kept(units.module(layer, 'kvGroup')), queryHeads: keptQueryHeads(units, layer, cut) },
    ffn: kept(units.module(layer, 'ffnNeuron')),
  }));
}
