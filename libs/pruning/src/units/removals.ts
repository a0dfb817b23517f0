import { keptIndices, type UnitSet } from './unit-set.ts';
import { keptQueryHeads } from './kept-heads.ts';
import type { UnitTable } from './unit-table.ts';

/** Whether no layer has a KV group or an FFN neuron left. */
export function removesEverything({ modules }: UnitTable, removed: UnitSet): boolean {
  return modules.every(
    ({ kind, start, count }) =>
      kind === 'queryHead' || removed.subarray(start, start + count).every((member) => member === 1),
  );
}

/** The first layer whose groups would not all keep equally many query heads, and at least one; undefined if there is none. */
export function unevenLayer(units: UnitTable, removed: UnitSet): number | undefined {
  const perGroup = units.shape.queryHeadsPerGroup;
  const layer = units.shape.layers.findIndex((_, index) => {
    const groups = keptIndices(units.module(index, 'kvGroup'), removed);
    const ofGroup = new Map(groups.map((group) => [group, 0]));
    for (const head of keptQueryHeads(units, index, removed)) {
      const group = Math.floor(head / perGroup);
      ofGroup.set(group, (ofGroup.get(group) as number) + 1);
    }
    const counts = new Set(ofGroup.values());
    return counts.size > 1 || counts.has(0);
  });
  return layer < 0 ? undefined : layer;
}
