import { selectByWidths } from '../constraints/select-by-widths.ts';
import { FREE_WIDTHS, widthConstraints, type WidthConstraints } from '../constraints/width-constraints.ts';
import type { UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import type { RoundBudget } from './budget.ts';
import type { Ranking } from './ranking.ts';
import { selectWithinBudget, unitCosts } from './select-within-budget.ts';

/**
 * What a round removes if units go as ranked, by constraints if there are any. Without any, a few of the cheapest units
 * are kept back before the last round, enough to make up one dear unit: without them the last round could miss the target
 * by almost that unit.
 */
export function selectRound(constraints: Partial<WidthConstraints>, budget: RoundBudget, ranking: Ranking): UnitSet {
  // Whoever passes over what does not fit a budget stays below it, which is not for those who must reach it.
  const widths = widthConstraints(constraints) ?? (budget.atLeast ? FREE_WIDTHS : undefined);
  if (widths !== undefined) return selectByWidths(budget, ranking, widths);
  const { units, need, lastRound } = budget;
  return selectWithinBudget(units, lastRound ? ranking.order : withoutReserve(units, ranking.order), need);
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
