import { roundCount } from '../procedure/method-traits.ts';
import type { PruningSettings } from '../procedure/pruning-procedure.ts';
import { costOf, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';

/** Parameters that are to be gone after `round` (0-based). The last round's value is the target of the whole job. */
function cumulativeTarget(settings: PruningSettings, units: UnitTable, round: number): number {
  return finalTarget(settings, units) * ((round + 1) / roundCount(settings));
}

function finalTarget(settings: PruningSettings, units: UnitTable): number {
  const target = settings.sparsity * units.totalCost;
  // Costs are whole numbers: a whisker more would cost a unit more.
  return settings.atLeast === true ? Math.round(target) : target;
}

/** What a round is to remove, in parameters. */
export interface RoundBudget {
  readonly units: UnitTable;
  /** What earlier rounds removed. */
  readonly cut: UnitSet;
  readonly need: number;
  /** This round and all that follow. */
  readonly needInAll: number;
  readonly lastRound: boolean;
  /** Whether a cut may be of more in all rather than of less, where it cannot be exact. */
  readonly atLeast: boolean;
}

/** @param round counted from 0; a method that cuts once has the one */
export function roundBudget(settings: PruningSettings, units: UnitTable, round: number, cut: UnitSet): RoundBudget {
  const last = roundCount(settings) - 1;
  const gone = costOf(units, cut);
  return {
    units,
    cut,
    need: cumulativeTarget(settings, units, round) - gone,
    needInAll: cumulativeTarget(settings, units, last) - gone,
    lastRound: round === last,
    atLeast: settings.atLeast === true,
  };
}

/** The share of `total` that is `part` and, rounded, not a whisker less: that might cost the last unit of a budget. */
export function shareOf(part: number, total: number): number {
  let share = part / total;
  while (share * total < part) share += share * Number.EPSILON;
  return share;
}

/** Parameters of the cheapest unit that the model has: the grain of every budget. */
export function smallestUnitCost(units: UnitTable): number {
  return Math.min(...units.modules.filter((module) => module.count > 0).map((module) => module.unitCost));
}
