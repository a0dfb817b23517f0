import { standardError } from '@bonsai/support';
import { askMaskLosses } from '../contract/ask.ts';
import { measurePrior } from '../prior/measure-prior.ts';
import { methodTraits, roundCount } from '../contract/method-traits.ts';
import { tokensOf, type PruningProblem } from '../contract/pruning-problem.ts';
import type {
  MethodProcedure,
  PriorKind,
  PruningProcedure,
  PruningSettings,
  Procedure,
} from '../contract/pruning-procedure.ts';
import { bestOf } from '../contract/prior-race.ts';
import { unprotectedProblem } from '../protection/unprotected-problem.ts';
import { roundWindows, type RoundWindows } from '../sampling/round-windows.ts';
import { rankedByDamage } from '../selection/ranking.ts';
import { selectRound } from '../selection/select-round.ts';
import { costOf, emptySet, type UnitSet } from '../units/unit-set.ts';
import {
  constraintsOf,
  relaxations,
  type ConstraintCost,
  type ConstraintCosts,
  type Constraints,
} from '../contract/constraint-costs.ts';

/** What a method came to, with estimates of all units. */
interface Estimated {
  readonly cut: UnitSet;
  readonly damage: Float64Array;
}

/** Any method, and then what its constraints cost. @param settings of the whole model, like the method's outcome */
export function* pricingProcedure(
  method: MethodProcedure,
  settings: PruningSettings,
  problem: PruningProblem,
): PruningProcedure {
  const { damage, ...outcome } = yield* method;
  if (damage === undefined || pricedCuts(settings) === 0) return outcome;
  const prior = settings.prior === 'best' ? bestOf(outcome.priorRace?.trials ?? []) : settings.prior;
  const complete = yield* withProtected(damage, prior, settings, problem);
  const constraintCosts = yield* priceConstraints(settings, problem, { cut: outcome.cut, damage: complete });
  return { ...outcome, constraintCosts };
}

/**
 * Estimates also of units in protected layers, of which a method has none: what the prior says of them in the whole model,
 * times what its estimates come to of it.
 */
function* withProtected(
  damage: Float64Array,
  prior: PriorKind,
  settings: PruningSettings,
  problem: PruningProblem,
): Procedure<Float64Array> {
  const { unprotected } = unprotectedProblem(settings, problem);
  if (unprotected === undefined || constraintsOf(settings).protectedLayers.length === 0) return damage;
  const { statistics } = pricingWindows(settings, problem.windowTokens);
  // The random control is the only method without statistics that is priced; units are worth to it what chance says.
  const kind = statistics.length === 0 ? 'random' : prior;
  const guess = yield* measurePrior({ ...settings, prior: kind }, problem.units, emptySet(problem.units), statistics);
  const sumOfEstimated = (values: Float64Array): number =>
    unprotected.valuesOf(values).reduce((sum, value) => sum + value, 0);
  const slope = sumOfEstimated(damage) / sumOfEstimated(guess);
  const estimated = unprotected.toAll(emptySet(unprotected.units).fill(1));
  return damage.map((value, id) => (estimated[id] === 1 ? value : (slope > 0 ? slope : 1) * (guess[id] as number)));
}

function* priceConstraints(
  settings: PruningSettings,
  problem: PruningProblem,
  { cut, damage }: Estimated,
): Procedure<ConstraintCosts> {
  const { units, windowTokens } = problem;
  const budget = costOf(units, cut);
  const constraints = constraintsOf(settings);
  const relaxed = relaxations(constraints);
  const masks = [constraints, ...relaxed.map((relaxation) => relaxation.constraints)].map((under) =>
    cutUnder(under, budget, damage, { settings, problem }),
  );
  const windows = pricingWindows(settings, windowTokens).losses;
  const { losses, byWindow } = yield* askMaskLosses({ cut: emptySet(units), masks, windows });
  const costs = relaxed.map(({ constraint }, i): ConstraintCost => {
    const ofDifference = byWindow && errorOfDifference(byWindow[0] ?? [], byWindow[i + 1] ?? []);
    return { constraint, lossWithout: losses[i + 1] as number, standardError: ofDifference };
  });
  return {
    loss: losses[0] as number,
    costs,
    windows,
    forwardTokens: pricingTokens(settings, windowTokens),
  };
}

/** Of the mean, over the same windows. */
function errorOfDifference(losses: readonly number[], others: readonly number[]): number | undefined {
  if (losses.length < 2) return undefined;
  return standardError(losses.map((loss, i) => loss - (others[i] as number)));
}

/** The cut of that cost by the damages alone. */
function cutUnder(
  constraints: Constraints,
  budget: number,
  damage: Float64Array,
  { settings, problem }: { readonly settings: PruningSettings; readonly problem: PruningProblem },
): UnitSet {
  const { unprotected, problem: inner } = unprotectedProblem({ ...settings, ...constraints }, problem);
  const { units } = inner;
  const ranking = rankedByDamage(units, emptySet(units), unprotected?.valuesOf(damage) ?? damage);
  const round = { units, cut: emptySet(units), need: budget, needInAll: budget, lastRound: true, atLeast: false };
  const cut = selectRound(constraints, round, ranking);
  return unprotected?.toAll(cut) ?? cut;
}

/** Those of the last round. */
function pricingWindows(settings: PruningSettings, windowTokens: readonly number[]): RoundWindows {
  return roundWindows(settings, windowTokens.length, roundCount(settings) - 1);
}

/** Cuts that are measured to price the constraints: one under all of them, and one for every relaxation. */
export function pricedCuts(settings: PruningSettings): number {
  const count = methodTraits(settings.method).removesBlocks ? 0 : relaxations(constraintsOf(settings)).length;
  return count === 0 ? 0 : 1 + count;
}

/** What pricing runs through the model: these cuts, and the whole model where its prior is asked for. */
export function pricingTokens(settings: PruningSettings, windowTokens: readonly number[]): number {
  const cuts = pricedCuts(settings);
  if (cuts === 0) return 0;
  const { losses, statistics } = pricingWindows(settings, windowTokens);
  const ofStatistics = constraintsOf(settings).protectedLayers.length === 0 ? 0 : tokensOf(windowTokens, statistics);
  return cuts * tokensOf(windowTokens, losses) + ofStatistics;
}
