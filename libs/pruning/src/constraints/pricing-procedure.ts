import { askLosses } from '../procedure/ask.ts';
import { roundCount } from '../procedure/method-traits.ts';
import type { PruningProblem } from '../procedure/pruning-problem.ts';
import type {
  MethodProcedure,
  PruningAnswer,
  PruningProcedure,
  PruningRequest,
  PruningSettings,
} from '../procedure/pruning-procedure.ts';
import { roundWindows } from '../sampling/round-windows.ts';
import { rankedByDamage } from '../selection/ranking.ts';
import { selectRound } from '../selection/select-round.ts';
import { costOf, emptySet } from '../units/unit-set.ts';
import { relaxations, type ConstraintCosts } from './constraint-costs.ts';
import { widthConstraints, type WidthConstraints } from './width-constraints.ts';

/** Any method, and then what its constraints cost. */
export function* pricingProcedure(
  method: MethodProcedure,
  settings: PruningSettings,
  problem: PruningProblem,
): PruningProcedure {
  const { damage, ...outcome } = yield* method;
  const constraints = widthConstraints(settings);
  if (constraints === undefined || damage === undefined) return outcome;
  const budget = costOf(problem.units, outcome.cut);
  const constraintCosts = yield* priceConstraints(settings, problem, constraints, damage, budget);
  return { ...outcome, constraintCosts };
}

function* priceConstraints(
  settings: PruningSettings,
  { units, windowTokens }: PruningProblem,
  constraints: WidthConstraints,
  damage: Float64Array,
  budget: number,
): Generator<PruningRequest, ConstraintCosts, PruningAnswer> {
  const cut = emptySet(units);
  const ranking = rankedByDamage(units, cut, damage);
  const select = (under: Partial<WidthConstraints>) =>
    selectRound(under, { units, cut, need: budget, needInAll: budget, lastRound: true, atLeast: false }, ranking);
  const relaxed = relaxations(constraints);
  const masks = [constraints, ...relaxed.map((relaxation) => relaxation.constraints)].map(select);
  const windows = pricingWindows(settings, windowTokens);
  const [loss, ...without] = yield* askLosses({ cut, masks, windows });
  return {
    loss: loss as number,
    costs: relaxed.map(({ constraint }, i) => ({ constraint, lossWithout: without[i] as number })),
    windows,
    forwardTokens: pricingTokens(settings, windowTokens),
  };
}

/** Those of the last round's masks. */
function pricingWindows(settings: PruningSettings, windowTokens: readonly number[]): readonly number[] {
  return roundWindows(settings, windowTokens.length, roundCount(settings) - 1).losses;
}

/** Cuts that are measured to price the constraints: one under all of them, and one for every relaxation. */
export function pricedCuts(settings: PruningSettings): number {
  const constraints = widthConstraints(settings);
  return constraints === undefined ? 0 : 1 + relaxations(constraints).length;
}

/** What that runs through the model. */
export function pricingTokens(settings: PruningSettings, windowTokens: readonly number[]): number {
  const windows = pricingWindows(settings, windowTokens);
  return pricedCuts(settings) * windows.reduce((sum, index) => sum + (windowTokens[index] as number), 0);
}
