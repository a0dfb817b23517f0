import { keptQueryHeads } from '../units/kept-heads.ts';
import { keptIndices, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';

/** What one layer keeps: indices of the original model, ascending. */
export interface KeptLayer {
  readonly kvGroups: readonly number[];
  /** Of the kept groups, equally many of each. */
  readonly queryHeads: readonly number[];
  readonly ffnNeurons: readonly number[];
}

/** Per layer, what a cut leaves. */
export function keptLayers(units: UnitTable, cut: UnitSet): KeptLayer[] {
  return units.shape.layers.map((_, layer) => {
    return {
      kvGroups: keptIndices(units.module(layer, 'kvGroup'), cut),
      queryHeads: keptQueryHeads(units, layer, cut),
      ffnNeurons: keptIndices(units.module(layer, 'ffnNeuron'), cut),
    };
  });
}

/**
 * The cut that leaves exactly what is listed; query heads of groups that go are not in it.
 * @throws RangeError if the layers do not fit the units: another count, an index out of range, not ascending
 */
export function cutFromKept(units: UnitTable, layers: readonly KeptLayer[]): UnitSet {
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
    const heads = units.module(index, 'queryHead');
    const kept = new Set(layer.queryHeads);
    for (let head = 0; head < heads.count; head++) {
      const isGone =
        cut[units.module(index, 'kvGroup').start + Math.floor(head / units.shape.queryHeadsPerGroup)] === 1;
      cut[heads.start + head] = isGone || kept.has(head) ? 0 : 1;
    }
  }
  return cut;
}
