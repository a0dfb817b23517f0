import { costsById } from '../selection/select-within-budget.ts';
import type { UnitTable } from '../units/unit-table.ts';

/**
 * The units that masks of a round may remove: the first of `order` up to `factor` times the need, and every unit that
 * `always` names. In the order given.
 * @param order ids of all units that are left, most expendable first
 */
export function candidatePool(
  units: UnitTable,
  order: readonly number[],
  need: number,
  factor: number,
  always: (id: number) => boolean,
): number[] {
  const costs = costsById(units);
  let filled = 0;
  return order.filter((id) => {
    const taken = filled < factor * need;
    if (taken) filled += costs[id] as number;
    return taken || always(id);
  });
}
