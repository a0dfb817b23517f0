import { keptQueryHeads, withoutHeadsOfGroups } from '../units/kept-heads.ts';
import { keptIndices, type UnitSet } from '../units/unit-set.ts';
import type { Module, UnitTable } from '../units/unit-table.ts';

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
  for (const [index, { kvGroups, queryHeads, ffnNeurons }] of layers.entries()) {
    keep(cut, units.module(index, 'kvGroup'), kvGroups);
    keep(cut, units.module(index, 'ffnNeuron'), ffnNeurons);
    const heads = units.module(index, 'queryHead');
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
