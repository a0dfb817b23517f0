import type { UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { selectWithinBudget, unitCosts } from './select-within-budget.ts';

/**
 * What a round removes if units go in the given order. Before the last round a few of the cheapest units are kept back,
 * enough to make up one dear unit: without them the last round could miss the target by almost that unit.
 * @param order ids of all units that are left, most expendable first
 * @param need in parameters
 */
export function selectRound(units: UnitTable, order: readonly number[], need: number, lastRound: boolean): UnitSet {
  return selectWithinBudget(units, lastRound ? order : withoutReserve(units, order), need);
}

/** The order without its last few cheapest units. */
function withoutReserve(units: UnitTable, order: readonly number[]): number[] {
  const costs = unitCosts(units);
  const grain = costs.reduce((a, b) => Math.min(a, b), Infinity);
  const dearest = costs.reduce((a, b) => Math.max(a, b), 0);
  let reserve = dearest === grain ? 0 : Math.ceil(dearest / grain);
  return order
    .toReversed()
    .filter((id) => costs[id] !== grain || reserve-- <= 0)
    .reverse();
}
