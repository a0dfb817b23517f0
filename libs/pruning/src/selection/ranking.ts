import type { UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { ascendingBy, costsById } from './select-within-budget.ts';

/** How a method would have units go. */
export interface Ranking {
  /** Ids of all units that are left, most expendable first. */
  readonly order: readonly number[];
  /** What the removal of each unit is predicted to cost, by id, on any scale that is the same for all. */
  readonly damage: Float64Array;
}

/** Units by damage per parameter. */
export function rankedByDamage(units: UnitTable, cut: UnitSet, damage: Float64Array): Ranking {
  const costs = costsById(units);
  return { order: ascendingBy(units, cut, (id) => (damage[id] as number) / (costs[id] as number)), damage };
}

/**
 * Of a method that orders units and has no numbers for them: every parameter costs its unit's place in the order, behind
 * those that are gone.
 */
export function rankedAsListed(units: UnitTable, order: readonly number[]): Ranking {
  const damage = new Float64Array(units.count);
  const gone = units.count - order.length;
  for (const [place, id] of order.entries()) damage[id] = (gone + place + 1) * units.cost(id);
  return { order, damage };
}
