import { normal, type Random } from '@bonsai/support';
import { wholesLeft } from '../selection/blocks.ts';
import { rankedByDamage, type Ranking } from '../selection/ranking.ts';
import type { PrunedUnit } from '../units/pruned-units.ts';
import { addedCost, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';

export interface WholesProblem {
  readonly units: UnitTable;
  /** Whether blocks or layers or both are cut whole. */
  readonly offered: readonly PrunedUnit[];
  /** Units that are gone. */
  readonly cut: UnitSet;
  /** Parameters that the round removes, and the most that it may. */
  readonly need: number;
  readonly most: number;
  /** A cut of that many parameters if units go as ranked. */
  readonly select: (ranking: Ranking, need: number) => UnitSet;
}

/**
 * Cuts that take all that is left of a block or a layer where the ranking would not; what it leaves of the round's share goes as
 * ranked, and one beyond the share goes alone. What it does as a whole is the sum over its units only to within a factor of e: each
 * is listed with the probability that it is better than the ranking, by damage per parameter. The best come first.
 * @param importance by unit id
 */
export function wholeCuts(problem: WholesProblem, importance: Float64Array, random: Random): UnitSet[] {
  const { units, offered, cut, need, most, select } = problem;
  const damageOf = (set: UnitSet, of = importance): number =>
    set.reduce((sum, member, id) => sum + member * (of[id] as number), 0);
  const cutBy = (damage: Float64Array, size: number): UnitSet => select(rankedByDamage(units, cut, damage), size);
  const ranked = cutBy(importance, need);
  const usual = damageOf(ranked) / need;
  const candidates = wholesLeft(units, cut, offered).flatMap((whole) => {
    const size = Math.max(need, addedCost(units, cut, whole));
    const together = damageOf(whole) * Math.exp(normal(random));
    if (size > most || includes(ranked, whole)) return [];
    const others = importance.map((value, id) => (whole[id] === 1 ? 0 : value));
    const mask = cutBy(others, size);
    const damage = (together + damageOf(mask, others)) / size;
    return damage < usual && includes(mask, whole) ? [{ mask, damage }] : [];
  });
  return candidates.sort((a, b) => a.damage - b.damage).map(({ mask }) => mask);
}

function includes(set: UnitSet, part: UnitSet): boolean {
  return part.every((member, id) => member === 0 || set[id] === 1);
}
