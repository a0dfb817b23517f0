import type { UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { takeWithinBudget } from './take-within-budget.ts';

/** Cost of every unit, by id: the loops below are too hot for a search per unit. */
export function unitCosts(units: UnitTable): Float64Array {
  const costs = new Float64Array(units.count);
  for (const module of units.modules) costs.fill(module.unitCost, module.start, module.start + module.count);
  return costs;
}

/**
 * Takes units in the given order for as long as they fit the budget; see takeWithinBudget.
 * @param order distinct unit ids, most expendable first
 * @param budget in parameters; never exceeded
 */
export function selectWithinBudget(units: UnitTable, order: readonly number[], budget: number): UnitSet {
  return takeWithinBudget({ order, costs: unitCosts(units) }, budget);
}

/** Ids of the units outside `cut`, by ascending score; ties by id, so that the order is one and the same everywhere. */
export function ascendingBy(units: UnitTable, cut: UnitSet, score: (id: number) => number): number[] {
  const scores = Float64Array.from({ length: units.count }, (_, id) => score(id));
  const ids: number[] = [];
  for (let id = 0; id < units.count; id++) if (cut[id] === 0) ids.push(id);
  return ids.sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b);
}
