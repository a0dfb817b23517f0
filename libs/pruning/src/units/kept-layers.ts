import { keptQueryHeads, withoutHeadsOfGroups } from './kept-heads.ts';
import { keptIndices, type UnitSet } from './unit-set.ts';
import type { Module, UnitTable } from './unit-table.ts';

/** What a cut leaves of one layer: indices of the original layer, ascending. */
export interface KeptLayer {
  readonly layer: number;
  readonly kvGroups: readonly number[];
  /** Of the kept groups, equally many of each, so that every head still finds its group. */
  readonly queryHeads: readonly number[];
  readonly ffnNeurons: readonly number[];
}

/** What a cut leaves of every layer. */
export function keptLayers(units: UnitTable, cut: UnitSet): KeptLayer[] {
  return units.shape.layers.map((_, layer) => {
    return {
      layer,
      kvGroups: keptIndices(units.module(layer, 'kvGroup'), cut),
      queryHeads: keptQueryHeads(units, layer, cut),
      ffnNeurons: keptIndices(units.module(layer, 'ffnNeuron'), cut),
    };
  });
}

/**
 * The cut that leaves exactly what is listed; query heads of groups that go are not in it.
 * @throws RangeError if the layers do not fit the units: not every one in its place, an index out of range, not ascending
 */
export function cutFromKept(units: UnitTable, layers: readonly KeptLayer[]): UnitSet {
  const { length } = units.shape.layers;
  if (layers.length !== length || layers.some(({ layer }, place) => layer !== place)) {
    throw new RangeError(`expected ${length} layers in their order`);
  }
  const cut = new Uint8Array(units.count).fill(1);
  for (const { layer, kvGroups, queryHeads, ffnNeurons } of layers) {
    keep(cut, units.module(layer, 'kvGroup'), kvGroups);
    keep(cut, units.module(layer, 'ffnNeuron'), ffnNeurons);
    const heads = units.module(layer, 'queryHead');
    if (heads.count > 0) keep(cut, heads, queryHeads);
  }
  return withoutHeadsOfGroups(units, cut);
}

/** @throws RangeError if an index is out of range or not above the one before it */
function keep(cut: UnitSet, { layer, kind, start, count }: Module, kept: readonly number[]): void {
  let previous = -1;
  for (const unit of kept) {
    if (!Number.isInteger(unit) || unit <= previous || unit >= count) {
      throw new RangeError(`layer ${layer}: ${kind} ${unit} is out of range or out of order`);
    }
    cut[start + unit] = 0;
    previous = unit;
  }
}
