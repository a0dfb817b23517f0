import { seededRandom, shuffle } from '@bonsai/support';
import { roundWindows } from '../sampling/round-windows.ts';
import { selectWithinBudget } from '../selection/select-within-budget.ts';
import { emptySet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { askMeanLosses, baseLoss, reportRound } from './ask.ts';
import type { PruningProblem } from './pruning-problem.ts';
import type { PruningProcedure, PruningSettings } from './pruning-procedure.ts';
import { forwardTokens, roundEvidence } from './round-evidence.ts';

const CHOICE_STREAM = 104;

/** A control: units at random, the same share of every module, in one shot. Measures only the whole model's loss. */
export function* randomProcedure(settings: PruningSettings, { units, windowTokens }: PruningProblem): PruningProcedure {
  const none = emptySet(units);
  const windows = roundWindows(settings, windowTokens.length, 0);
  const losses = yield* askMeanLosses({ cut: none, masks: [none], windows: windows.losses });
  const order = evenOrder(units, settings.sparsity, settings.seed);
  const cut = selectWithinBudget(units, order, settings.sparsity * units.totalCost);
  const evidence = roundEvidence(units, none, cut, {
    round: 0,
    masks: 0,
    forwardTokens: forwardTokens(windowTokens, windows, 0, 0),
    baseNll: baseLoss(losses),
    looR2: undefined,
    kendallTau: undefined,
    looR2WithoutTopModule: undefined,
  });
  yield* reportRound(evidence, cut);
  return { cut, importance: new Float64Array(units.count), rounds: [evidence] };
}

/** First a `share` of each module, rounded down, then everything else at random: that fills the budget to the unit. */
function evenOrder(units: UnitTable, share: number, seed: number): number[] {
  const random = seededRandom(seed, CHOICE_STREAM);
  const chosen: number[] = [];
  const others: number[] = [];
  for (const { start, count } of units.modules) {
    const ids = shuffle(
      Array.from({ length: count }, (_, i) => start + i),
      random,
    );
    const quota = Math.floor(share * count);
    chosen.push(...ids.slice(0, quota));
    others.push(...ids.slice(quota));
  }
  return [...chosen, ...shuffle(others, random)];
}
