import { askStatistics } from '../contract/ask.ts';
import { tokensOf, type PruningProblem } from '../contract/pruning-problem.ts';
import type { MethodProcedure, MethodSettings, PruningSettings, Procedure } from '../contract/pruning-procedure.ts';
import { askLoss, recoveryAttempt } from '../recovery/recover-cut.ts';
import type { ModuleName, RecoverySettings } from '../contract/recovery.ts';
import { fitTokens } from '../recovery/recovery-windows.ts';
import { roundWindows } from '../sampling/round-windows.ts';
import { roundBudget } from '../selection/budget.ts';
import { rankedByDamage } from '../selection/ranking.ts';
import { selectRound } from '../selection/select-round.ts';
import { emptySet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { bestOf, type PriorRace, type PriorTrial } from '../contract/prior-race.ts';
import { unitPrior } from './unit-prior.ts';

/**
 * Absolute priors, so that one is right about the balance of modules where the other is wrong: which one that is depends on
 * the model (docs/benchmarks.md, "Which prior").
 */
export const PRIOR_CANDIDATES = ['obs', 'energy'] as const;

/** What it takes to try priors: a job that recovers by least squares. */
type RecoveredSettings = PruningSettings & { readonly recovery: RecoverySettings };

/** A method with the prior whose cut of full size, recovered, leaves the lowest loss on the windows that judge recoveries. */
export function* bestPriorProcedure(
  settings: RecoveredSettings,
  problem: PruningProblem,
  methodOf: (settings: MethodSettings, problem: PruningProblem) => MethodProcedure,
): MethodProcedure {
  const trials = yield* tryPriors(settings, problem);
  const outcome = yield* methodOf({ ...settings, prior: bestOf(trials) }, problem);
  return { ...outcome, priorRace: { trials, forwardTokens: priorRaceTokens(settings, problem) } satisfies PriorRace };
}

/** What trying the priors runs through the model. */
export function priorRaceTokens(settings: RecoveredSettings, { windowTokens }: PruningProblem): number {
  const { statistics } = roundWindows(settings, windowTokens.length, 0);
  const attempt = recoveryAttempt(settings.recovery, settings, windowTokens.length);
  const perTrial = fitTokens(windowTokens, attempt) + tokensOf(windowTokens, attempt.heldOut);
  return tokensOf(windowTokens, statistics) + PRIOR_CANDIDATES.length * perTrial;
}

function* tryPriors(settings: RecoveredSettings, { units, windowTokens }: PruningProblem): Procedure<PriorTrial[]> {
  const whole = emptySet(units);
  const windows = roundWindows(settings, windowTokens.length, 0);
  const statistics = yield* askStatistics(whole, windows.statistics, ['obs']);
  const attempt = recoveryAttempt(settings.recovery, settings, windowTokens.length);
  const budget = roundBudget({ ...settings, rounds: 1 }, units, 0, whole);
  const trials: PriorTrial[] = [];
  for (const prior of PRIOR_CANDIDATES) {
    const damage = unitPrior(prior, units, statistics, whole, settings.seed);
    const cut = selectRound(settings, budget, rankedByDamage(units, whole, damage));
    trials.push({ prior, loss: yield* askLoss(cut, attempt, everyModule(units, settings.recovery)) });
  }
  return trials;
}

/** Scorers pass by those that have lost nothing, or everything. */
function everyModule({ shape }: UnitTable, { method }: RecoverySettings): ModuleName[] {
  const blocks = shape.layers.flatMap((_, layer): ModuleName[] => [
    { layer, kind: 'attention' },
    { layer, kind: 'ffn' },
  ]);
  return method === 'alignedLeastSquares' ? [...blocks, { layer: shape.layers.length, kind: 'finalNorm' }] : blocks;
}
