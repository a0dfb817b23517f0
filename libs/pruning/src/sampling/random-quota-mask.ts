import { shuffle, type Random } from '@bonsai/support';
import { selectWithinBudget } from '../selection/select-within-budget.ts';
import type { UnitSet } from '../units/unit-set.ts';
import { hasUnit, type UnitTable } from '../units/unit-table.ts';
import type { QuotaSplit } from './random-quotas.ts';
import { weightedOrder } from './weighted-order.ts';

/**
 * A mask that removes `need` parameters, to within one unit, from the pool: a random quota from every module, filled at
 * random but sooner with expendable units.
 * @param pool unit ids, most expendable first
 * @param avoid units that are used only when the others do not suffice: the partner that this mask is to be disjoint from
 * @param split how the need is divided over the modules
 */
export function randomQuotaMask(
  units: UnitTable,
  pool: readonly number[],
  need: number,
  random: Random,
  avoid: UnitSet | undefined,
  split: QuotaSplit,
): UnitSet {
  const free = avoid === undefined ? pool : pool.filter((id) => avoid[id] === 0);
  const byModule = units.modules.map((module) =>
    weightedOrder(
      free.filter((id) => hasUnit(module, id)),
      random,
    ),
  );
  const capacities = units.modules.map((module, m) => module.unitCost * (byModule[m]?.length ?? 0));
  const quotas = split(capacities, need, random);
  const chosen: number[] = [];
  const spare: number[] = [];
  for (const [m, module] of units.modules.entries()) {
    let left = quotas[m] as number;
    for (const id of byModule[m] ?? []) {
      // Rounds at random, so that a quota below the cost of one KV group still removes one now and then.
      const taken = left >= module.unitCost * random.next() && left > 0;
      left = taken ? left - module.unitCost : 0;
      (taken ? chosen : spare).push(id);
    }
  }
  const dearFirst = shuffle(chosen, random).sort((a, b) => units.cost(b) - units.cost(a));
  const avoided = avoid === undefined ? [] : pool.filter((id) => avoid[id] === 1);
  return selectWithinBudget(units, [...dearFirst, ...shuffle(spare, random), ...shuffle(avoided, random)], need);
}
