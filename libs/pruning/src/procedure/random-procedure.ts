import { RANDOM_STREAMS } from '../contract/random-streams.ts';
import { seededRandom, shuffle } from '@bonsai/support';
import { roundBudget } from '../selection/budget.ts';
import { rankedAsListed } from '../selection/ranking.ts';
import { selectRound } from '../selection/select-round.ts';
import { emptySet } from '../units/unit-set.ts';
import { unitIds, type UnitTable } from '../units/unit-table.ts';
import { cutOnce, type Choice } from './cut-once.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { MethodProcedure, PruningSettings, Procedure } from '../contract/pruning-procedure.ts';

/** A control: units at random, the same share of every module, in one shot. Measures only the whole model's loss. */
export function randomProcedure(settings: PruningSettings, problem: PruningProblem): MethodProcedure {
  const { units } = problem;
  return cutOnce(settings, problem, function* (): Procedure<Choice> {
    const ranking = rankedAsListed(units, evenOrder(units, settings.sparsity, settings.seed));
    const cut = selectRound(settings, roundBudget(settings, units, 0, emptySet(units)), ranking);
    return { cut, damage: ranking.damage, masks: 0, statisticsPasses: 0 };
  });
}

/** First a `share` of each module, rounded down, then everything else at random: that fills the budget to the unit. */
function evenOrder(units: UnitTable, share: number, seed: number): number[] {
  const random = seededRandom(seed, RANDOM_STREAMS.choice);
  const chosen: number[] = [];
  const others: number[] = [];
  for (const module of units.modules) {
    const ids = shuffle(unitIds(module), random);
    const quota = Math.floor(share * module.count);
    chosen.push(...ids.slice(0, quota));
    others.push(...ids.slice(quota));
  }
  return [...chosen, ...shuffle(others, random)];
}
