import { emptySet, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';

/** Cost of every unit, by id: the loops below are too hot for a search per unit. */
export function costsById(units: UnitTable): Float64Array {
  const costs = new Float64Array(units.count);
  for (const module of units.modules) costs.fill(module.unitCost, module.start, module.start + module.count);
  return costs;
}

/**
 * Takes units in the given order for as long as they fit the budget. What is left of the budget is less than the cheapest that
 * could still be had: where only dearer units remain, one of them is taken and the cheapest ones, latest in order first, are
 * handed back.
 * @param order distinct unit ids, most expendable first
 * @param budget in parameters; never exceeded
 */
export function selectWithinBudget(units: UnitTable, order: readonly number[], budget: number): UnitSet {
  const costs = costsById(units);
  const selected = emptySet(units);
  let left = budget;
  for (const id of order) {
    const cost = costs[id] as number;
    if (cost > left) continue;
    selected[id] = 1;
    left -= cost;
  }
  const grain = order.reduce((least, id) => Math.min(least, costs[id] as number), Infinity);
  if (left >= grain) exchange(order, costs, selected, left, grain);
  return selected;
}

/** The order without the last few of the cheapest units: enough of them to make up the dearest. */
export function withoutReserve(units: UnitTable, order: readonly number[]): number[] {
  const costs = costsById(units);
  const grain = costs.reduce((a, b) => Math.min(a, b), Infinity);
  const dearest = costs.reduce((a, b) => Math.max(a, b), 0);
  let reserve = dearest === grain ? 0 : Math.ceil(dearest / grain);
  const isKeptBack = (id: number): boolean => costs[id] === grain && reserve-- > 0;
  return order
    .toReversed()
    .filter((id) => !isKeptBack(id))
    .reverse();
}

/** Trades cheap units for one dearer one that did not fit, so that the gap falls below the cheap one's cost. */
function exchange(order: readonly number[], costs: Float64Array, selected: UnitSet, left: number, grain: number): void {
  const dear = order.find((id) => selected[id] === 0);
  if (dear === undefined) return;
  let gap = left - (costs[dear] as number);
  const refunds: number[] = [];
  for (let i = order.length - 1; i >= 0 && gap < 0; i--) {
    const id = order[i] as number;
    if (selected[id] === 0 || costs[id] !== grain) continue;
    refunds.push(id);
    gap += grain;
  }
  if (gap < 0) return;
  for (const id of refunds) selected[id] = 0;
  selected[dear] = 1;
}

/** Ids of the units outside `cut`, by ascending score; ties by id, so that the order is one and the same everywhere. */
export function ascendingBy(units: UnitTable, cut: UnitSet, score: (id: number) => number): number[] {
  const scores = Float64Array.from({ length: units.count }, (_, id) => score(id));
  const ids: number[] = [];
  for (let id = 0; id < units.count; id++) if (cut[id] === 0) ids.push(id);
  return ids.sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b);
}
