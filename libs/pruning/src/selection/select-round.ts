import { selectByWidths } from './select-by-widths.ts';
import { FREE_WIDTHS, widthConstraints, type WidthConstraints } from '../contract/width-constraints.ts';
import type { UnitSet } from '../units/unit-set.ts';
import type { RoundBudget } from './budget.ts';
import type { Ranking } from './ranking.ts';
import { selectWithinBudget, withoutReserve } from './select-within-budget.ts';

/**
 * What a round removes if units go as ranked, by constraints if there are any. Without any, a few of the cheapest units
 * are kept back before the last round, enough to make up one dear unit: without them the last round could miss the target
 * by almost that unit.
 */
export function selectRound(constraints: Partial<WidthConstraints>, budget: RoundBudget, ranking: Ranking): UnitSet {
  const { units, need, lastRound, atLeast } = budget;
  // Whoever passes over what does not fit a budget stays below it, which is not for those who must reach it.
  const inSteps = atLeast || units.hasQueryHeads;
  const widths = widthConstraints(constraints) ?? (inSteps ? FREE_WIDTHS : undefined);
  if (widths !== undefined) return selectByWidths(budget, ranking, widths);
  const { order } = ranking;
  return selectWithinBudget(units, lastRound ? order : withoutReserve(units, order), need);
}
