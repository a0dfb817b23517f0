import { keptIndices, type UnitSet } from './unit-set.ts';
import type { UnitTable } from './unit-table.ts';

/** Query heads that a set of removed units leaves a layer: of the groups that stay, those that are not removed; ascending. */
export function keptQueryHeads(units: UnitTable, layer: number, removed: UnitSet): number[] {
  const perGroup = units.shape.queryHeadsPerGroup;
  const heads = units.module(layer, 'queryHead');
  const isKept = (head: number): boolean => heads.count === 0 || removed[heads.start + head] === 0;
  return keptIndices(units.module(layer, 'kvGroup'), removed).flatMap((group) =>
    Array.from({ length: perGroup }, (_, i) => group * perGroup + i).filter(isKept),
  );
}

/** The same removal, in which heads of groups that go are not members of their own. */
export function withoutHeadsOfGroups(units: UnitTable, removed: UnitSet): UnitSet {
  const canonical = removed.slice();
  for (const layer of units.shape.layers.keys()) {
    const groups = units.module(layer, 'kvGroup');
    const heads = units.module(layer, 'queryHead');
    for (let i = 0; i < heads.count; i++) {
      if (removed[groups.start + Math.floor(i / units.shape.queryHeadsPerGroup)] === 1) canonical[heads.start + i] = 0;
    }
  }
  return canonical;
}
