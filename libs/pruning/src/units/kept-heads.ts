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
