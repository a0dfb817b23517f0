import { countIn, emptySet, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { roundBudget } from './budget.ts';
import { rankedAsListed } from './ranking.ts';
import { selectRound } from './select-round.ts';

/**
 * An order that takes the same share from every module: by how much of its module would be gone, cut units included. A
 * module of few units is rounded down; the modules of many then give a little more, all alike.
 * @param ranked units that are left, most expendable of their module first; in any order across modules
 */
export function uniformOrder(units: UnitTable, cut: UnitSet, ranked: readonly number[]): number[] {
  const gone = units.modules.map((module) => countIn(module, cut));
  const keyed = ranked.map((id) => {
    const m = units.modules.indexOf(units.moduleOf(id));
    gone[m] = (gone[m] as number) + 1;
    return { id, share: gone[m] / (units.modules[m]?.count ?? 1) };
  });
  return keyed.sort((a, b) => a.share - b.share || a.id - b.id).map(({ id }) => id);
}

/** Units that every module loses when the same share of each goes, within the budget and the constraints of the settings. */
export function uniformQuotas(settings: PruningSettings, units: UnitTable): number[] {
  const none = emptySet(units);
  const ranking = rankedAsListed(units, uniformOrder(units, none, [...none.keys()]));
  const selected = selectRound(settings, roundBudget(settings, units, 0, none), ranking);
  return units.modules.map((module) => countIn(module, selected));
}
