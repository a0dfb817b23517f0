import { keptIndices } from '@bonsai/pruning';
import type { Module, UnitSet, UnitTable } from '@bonsai/pruning';

/** The units of one kind that a layer still has. */
export interface KeptUnits {
  readonly module: Module;
  /** Within the original module, ascending; position i is unit i of the compacted weights. */
  readonly indices: readonly number[];
}

export interface KeptLayer {
  readonly attention: KeptUnits;
  readonly ffn: KeptUnits;
}

/** What a cut leaves of every layer. */
export function keptLayers(units: UnitTable, cut: UnitSet): KeptLayer[] {
  const kept = (module: Module): KeptUnits => ({ module, indices: keptIndices(module, cut) });
  return units.shape.layers.map((_, layer) => ({
    attention: kept(units.module(layer, 'kvGroup')),
    ffn: kept(units.module(layer, 'ffnNeuron')),
  }));
}
