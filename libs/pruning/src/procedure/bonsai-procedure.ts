import { RANDOM_STREAMS } from '../contract/random-streams.ts';
import { seededRandom } from '@bonsai/support';
import { diagnoseFit } from '../regression/fit-diagnostics.ts';
import type { HierarchicalFit } from '../regression/hierarchical-fit.ts';
import { importanceOf } from '../regression/importance-of.ts';
import { vagueBelief, withDrift, type SlopeBelief } from '../regression/slope-belief.ts';
import { roundWindows, type RoundWindows } from '../sampling/round-windows.ts';
import { mostOfRound, roundBudget, type RoundBudget } from '../selection/budget.ts';
import { selectRound } from '../selection/select-round.ts';
import { costsById } from '../selection/select-within-budget.ts';
import { DEFAULT_UNITS } from '../units/pruned-units.ts';
import { emptySet, union, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { reportRound } from '../contract/ask.ts';
import { costNoise, damageNoise } from './mask-noise.ts';
import { MaskTrials } from './mask-trials.ts';
import { measurePrior } from '../prior/measure-prior.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type {
  Ingredient,
  MethodProcedure,
  MethodSettings,
  RoundEvidence,
  Procedure,
} from '../contract/pruning-procedure.ts';
import { forwardTokens, roundEvidence } from './round-evidence.ts';
import { RoundSearch } from './round-search.ts';
import { finalistCount } from './second-look.ts';

/** Share of the variance of slopes that a round's cut brings back. */
const DRIFT = 0.25;

/** What one round hands to the next. */
interface Progress {
  readonly cut: UnitSet;
  readonly fit: HierarchicalFit;
  readonly evidence: RoundEvidence;
}

/**
 * The method of this project: an absolute prior; probes and masks with random quotas per module; a hierarchical Gaussian
 * fit that is anchored at the unmasked model, tied to the prior by a slope that all units share and carried from round to
 * round; masks drawn from the posterior; the cut is the prior's own, unless a second look shows one of the best few of these masks
 * to be better.
 */
export function* bonsaiProcedure(settings: MethodSettings, problem: PruningProblem): MethodProcedure {
  let cut = emptySet(problem.units);
  let belief: SlopeBelief | undefined;
  const importance = new Float64Array(problem.units.count);
  const rounds: RoundEvidence[] = [];
  for (let round = 0; round < settings.rounds; round++) {
    const next = yield* pruneOnce(settings, problem, round, cut, belief);
    const measured = next.fit.importance();
    for (let id = 0; id < importance.length; id++) if (cut[id] === 0) importance[id] = measured[id] as number;
    cut = next.cut;
    const isCarried = round + 1 < settings.rounds && !lacks(settings, 'carriedEstimates');
    belief = isCarried ? next.fit.belief() : undefined;
    rounds.push(next.evidence);
    yield* reportRound(next.evidence, cut);
  }
  return { cut, importance, rounds, damage: importance };
}

function* pruneOnce(
  settings: MethodSettings,
  problem: PruningProblem,
  round: number,
  cut: UnitSet,
  carried: SlopeBelief | undefined,
): Procedure<Progress> {
  const { units, windowTokens } = problem;
  const windows = roundWindows(settings, windowTokens.length, round);
  const guess = yield* measurePrior(settings, units, cut, windows.statistics);
  const prior = lacks(settings, 'priorInFit') ? shareOfCosts(units) : guess;
  const start: RoundStart = {
    round,
    windows,
    finalists: finalistCount(settings, windowTokens.length),
    guess,
    prior,
    expected: carried === undefined ? guess : importanceOf(units, prior, carried.mean),
    carried,
    budget: roundBudget(settings, units, round, cut),
  };
  const trials = trialsOf(settings, start);
  const search = searchOf(settings, start, trials);
  const after = union(cut, yield* search.run());
  const fit = search.fit();
  const observations = trials.observations();
  const evidence = roundEvidence(units, cut, after, {
    round,
    masks: trials.count + trials.secondLooks,
    forwardTokens: forwardTokens(windowTokens, windows, { masks: trials.count, finalists: trials.secondLooks }),
    baseLoss: trials.baseLoss,
    ...diagnoseFit(units, observations, fit.leaveOneOutPredictions(observations), fit.importance()),
  });
  return { cut: after, fit, evidence };
}

/** What a round knows before its first mask. */
interface RoundStart {
  readonly round: number;
  readonly windows: RoundWindows;
  readonly finalists: number;
  /** As measured. */
  readonly guess: Float64Array;
  /** What the fit takes importances to be a multiple of. */
  readonly prior: Float64Array;
  /** Importances by earlier rounds; in the first the guess. */
  readonly expected: Float64Array;
  /** What earlier rounds measured. */
  readonly carried: SlopeBelief | undefined;
  readonly budget: RoundBudget;
}

function trialsOf(settings: MethodSettings, { round, windows, expected, budget }: RoundStart): MaskTrials {
  const { units, cut, need } = budget;
  return new MaskTrials({
    units,
    cut,
    need: mostOfRound(settings, budget, round) > need ? need : undefined,
    windows: windows.losses,
    noise: lacks(settings, 'damageNoise') ? costNoise(budget) : damageNoise(expected),
    target: lacks(settings, 'logLoss') ? 'perplexity' : 'nll',
  });
}

function searchOf(settings: MethodSettings, start: RoundStart, trials: MaskTrials): RoundSearch {
  const { round, windows, finalists, guess, prior, expected, carried, budget } = start;
  const { units, cut, need } = budget;
  return new RoundSearch({
    round,
    units,
    offered: settings.units ?? DEFAULT_UNITS,
    cut,
    need,
    most: mostOfRound(settings, budget, round),
    trials,
    guess,
    expected,
    prior,
    without: new Set(settings.without),
    belief: carried === undefined ? vagueBelief(units) : withDrift(carried, DRIFT),
    known: carried !== undefined,
    poolFactor: settings.poolFactor,
    masks: settings.masksPerRound,
    finalists,
    finalWindows: windows.finals,
    select: (ranking, size = need) => selectRound(settings, { ...budget, need: size }, ranking),
    randomOf: (index) => seededRandom(settings.seed, RANDOM_STREAMS.masks, round, index),
  });
}

function lacks({ without = [] }: MethodSettings, ingredient: Ingredient): boolean {
  return without.includes(ingredient);
}

const shareOfCosts = (units: UnitTable): Float64Array =>
  Float64Array.from(costsById(units), (cost) => cost / units.totalCost);
