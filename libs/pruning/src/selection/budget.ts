import { roundCount } from '../contract/method-traits.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { takesWholes } from '../units/pruned-units.ts';
import { costOf, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';

function finalTarget(settings: PruningSettings, units: UnitTable): number {
  const target = settings.sparsity * units.totalCost;
  // Costs are whole numbers: a whisker more would cost a unit more.
  return settings.atLeast === true ? Math.round(target) : target;
}

/** What a round is to remove, in parameters or in what a target counts. */
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

/**
 * What the target grows by from round to round; where rounds may borrow from later ones, an equal share, for each of the
 * rounds that are left, of what is still to go.
 * @param round counted from 0; a method that cuts once has the one
 */
export function roundBudget(settings: PruningSettings, units: UnitTable, round: number, cut: UnitSet): RoundBudget {
  const rounds = roundCount(settings);
  const target = finalTarget(settings, units);
  const gone = costOf(units, cut);
  const needInAll = target - gone;
  return {
    units,
    cut,
    need: takesWholes(settings) ? needInAll / (rounds - round) : target * ((round + 1) / rounds) - gone,
    needInAll,
    lastRound: round === rounds - 1,
    atLeast: settings.atLeast === true,
  };
}

/**
 * The most that a round may remove: its own share and, if it may take whole blocks, what it may borrow from later rounds,
 * which keep half of theirs and no less than a unit each.
 */
export function mostOfRound(settings: PruningSettings, { units, need, needInAll }: RoundBudget, round: number): number {
  if (!takesWholes(settings)) return need;
  const laterRounds = roundCount(settings) - 1 - round;
  const dearest = Math.max(...units.modules.filter(({ count }) => count > 0).map(({ unitCost }) => unitCost));
  return Math.max(need, needInAll - Math.max((needInAll - need) / 2, laterRounds * dearest));
}

/**
 * The share of `total` that is `part` and, rounded, not a whisker less: that might cost the last unit of a budget.
 * @throws RangeError where the part is negative
 */
export function shareOf(part: number, total: number): number {
  if (part < 0) throw new RangeError(`no share is ${part} of ${total}`);
  let share = part / total;
  while (share * total < part) share += share * Number.EPSILON;
  return share;
}

/** Parameters of all but one unit, the cheapest that can be all that is left: a query head cannot, without its group. */
export function allButOneUnit({ blocks, totalCost }: UnitTable): number {
  return totalCost - Math.min(...blocks.filter(({ count }) => count > 0).map(({ unitCost }) => unitCost));
}

/** Parameters of the cheapest unit that the model has: the grain of every budget. */
export function smallestUnitCost(units: UnitTable): number {
  return Math.min(...units.modules.filter((module) => module.count > 0).map((module) => module.unitCost));
}
