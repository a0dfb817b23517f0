import { roundWindows } from '../sampling/round-windows.ts';
import { roundBudget } from '../selection/budget.ts';
import { rankedByDamage } from '../selection/ranking.ts';
import { selectRound } from '../selection/select-round.ts';
import { emptySet, union } from '../units/unit-set.ts';
import { askLosses, baseLoss, reportRound } from '../contract/ask.ts';
import { measurePrior } from '../prior/measure-prior.ts';
import { roundCount } from '../contract/method-traits.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { MethodProcedure, MethodSettings, RoundEvidence } from '../contract/pruning-procedure.ts';
import { forwardTokens, NO_FIT, roundEvidence } from './round-evidence.ts';

/**
 * Cuts by prior per parameter alone, the prior measured anew in every round. Importances are not estimated: all 0.
 *
 * With the fluctuation prior and in one round it is FLAP (An et al., arXiv 2312.11983, the code's WIFV with AL-AM): one
 * threshold for the standardised fluctuations of all heads and neurons. Its bias is a matter of recovery.
 */
export function* priorProcedure(settings: MethodSettings, { units, windowTokens }: PruningProblem): MethodProcedure {
  const rounds: RoundEvidence[] = [];
  const damage = new Float64Array(units.count);
  let cut = emptySet(units);
  const roundsTotal = roundCount(settings);
  for (let round = 0; round < roundsTotal; round++) {
    const windows = roundWindows(settings, windowTokens.length, round);
    const prior = yield* measurePrior(settings, units, cut, windows.statistics);
    const base = baseLoss(yield* askLosses({ cut, masks: [emptySet(units)], windows: windows.losses }));
    const budget = roundBudget(settings, units, round, cut);
    const after = union(cut, selectRound(settings, budget, rankedByDamage(units, cut, prior)));
    const evidence = roundEvidence(units, cut, after, {
      round,
      masks: 0,
      forwardTokens: forwardTokens(windowTokens, windows, { masks: 0 }),
      baseLoss: base,
      ...NO_FIT,
    });
    for (let id = 0; id < damage.length; id++) if (cut[id] === 0) damage[id] = prior[id] as number;
    cut = after;
    rounds.push(evidence);
    yield* reportRound(evidence, cut);
  }
  return { cut, importance: new Float64Array(units.count), rounds, damage };
}
