import { keptIndices, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';

/** What one layer keeps: indices of the original model, ascending. */
export interface KeptLayer {
  readonly kvGroups: readonly number[];
  /** All query heads of the kept groups. */
  readonly queryHeads: readonly number[];
  readonly ffnNeurons: readonly number[];
}

/** Per layer, what a cut leaves. */
export function keptLayers(units: UnitTable, cut: UnitSet): KeptLayer[] {
  const perGroup = units.shape.queryHeadsPerGroup;
  return units.shape.layers.map((_, layer) => {
    const kvGroups = keptIndices(units.module(layer, 'kvGroup'), cut);
    return {
      kvGroups,
      queryHeads: kvGroups.flatMap((group) => Array.from({ length: perGroup }, (_, i) => group * perGroup + i)),
      ffnNeurons: keptIndices(units.module(layer, 'ffnNeuron'), cut),
    };
  });
}

/**
 * The cut that leaves exactly what is listed.
 * @throws RangeError if the layers do not fit the units: another count, an index out of range, not ascending
 */
export function cutFromKept(units: UnitTable, layers: readonly Pick<KeptLayer, 'kvGroups' | 'ffnNeurons'>[]): UnitSet {
  if (layers.length !== units.shape.layers.length) throw new RangeError(`expected ${units.shape.layers.length} layers`);
  const cut = new Uint8Array(units.count).fill(1);
  for (const [index, layer] of layers.entries()) {
    for (const [kind, kept] of [
      ['kvGroup', layer.kvGroups],
      ['ffnNeuron', layer.ffnNeurons],
    ] as const) {
      const module = units.module(index, kind);
      let previous = -1;
      for (const unit of kept) {
        if (!Number.isInteger(unit) || unit <= previous || unit >= module.count) {
          throw new RangeError(`layer ${index}: ${kind} ${unit} is out of range or out of order`);
        }
        cut[module.start + unit] = 0;
        previous = unit;
      }
    }
  }
  return cut;
}
