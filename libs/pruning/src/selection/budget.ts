import { roundCount } from '../procedure/method-traits.ts';
import type { PruningSettings } from '../procedure/pruning-procedure.ts';
import { costOf, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';

/** Parameters that are to be gone after `round` (0-based). The last round's value is the target of the whole job. */
function cumulativeTarget(settings: PruningSettings, units: UnitTable, round: number): number {
  return settings.sparsity * units.totalCost * ((round + 1) / roundCount(settings));
}

/** Parameters that a round still has to remove. */
export function roundNeed(settings: PruningSettings, units: UnitTable, round: number, cut: UnitSet): number {
  return cumulativeTarget(settings, units, round) - costOf(units, cut);
}

/** Parameters of the cheapest unit that the model has: the grain of every budget. */
export function smallestUnitCost(units: UnitTable): number {
  return Math.min(...units.modules.filter((module) => module.count > 0).map((module) => module.unitCost));
}
