import { mean } from '@bonsai/support';
import { crossValidatedLasso, type CrossValidatedModel } from '../regression/cross-validated-lasso.ts';
import { fixedQuotaMasks, fixedQuotaPools } from '../sampling/fixed-quota-masks.ts';
import { roundWindows } from '../sampling/round-windows.ts';
import { roundBudget } from '../selection/budget.ts';
import { rankedAsListed } from '../selection/ranking.ts';
import { selectRound } from '../selection/select-round.ts';
import { ascendingBy } from '../selection/select-within-budget.ts';
import { uniformOrder } from '../selection/uniform-share.ts';
import { emptySet, union, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { askLosses, baseLoss, noFiniteLoss, reportRound } from '../contract/ask.ts';
import { measurePrior } from '../prior/measure-prior.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { MethodProcedure, MethodSettings, RoundEvidence, Procedure } from '../contract/pruning-procedure.ts';
import { clippedPerplexity } from './clipped-perplexity.ts';
import { forwardTokens, NO_FIT, roundEvidence } from './round-evidence.ts';

interface Progress {
  readonly cut: UnitSet;
  readonly importance: Float64Array;
  readonly damage: Float64Array;
  readonly evidence: RoundEvidence;
}

/**
 * The published scheme (arXiv 2402.05406) as its code has it, for comparison and with its weaknesses: the same quota from
 * every module, masks and their complements within a pool of 2p of what is left, the same windows in every round, raw
 * perplexity under an L1 fit. `paper` is its global fit: one for all units, one ranking, and nothing in it of the prior.
 * `paperLocal` is its local fit: one per module, the same share of every module cut by it. Published fits stop on their way
 * down, local ones from the prior; ours are solved to within some percent, and have units of equal coefficient (most are 0) in the order of the prior.
 */
export function* paperProcedure(settings: MethodSettings, problem: PruningProblem): MethodProcedure {
  let cut = emptySet(problem.units);
  const importance = new Float64Array(problem.units.count);
  const damage = new Float64Array(problem.units.count);
  const rounds: RoundEvidence[] = [];
  for (let round = 0; round < settings.rounds; round++) {
    const next = yield* pruneOnce(settings, problem, round, cut);
    for (let id = 0; id < importance.length; id++) {
      if (cut[id] === 1) continue;
      importance[id] = next.importance[id] as number;
      damage[id] = next.damage[id] as number;
    }
    ({ cut } = next);
    rounds.push(next.evidence);
    yield* reportRound(next.evidence, cut);
  }
  return { cut, importance, rounds, damage };
}

function* pruneOnce(
  settings: MethodSettings,
  { units, windowTokens }: PruningProblem,
  round: number,
  cut: UnitSet,
): Procedure<Progress> {
  const windows = roundWindows(settings, windowTokens.length, round);
  const prior = yield* measurePrior(settings, units, cut, windows.statistics);
  const pools = fixedQuotaPools(units, cut, prior, settings.sparsity / settings.rounds);
  const masks = fixedQuotaMasks(units, pools, prior, settings.masksPerRound, settings.seed, round);
  const losses = yield* askLosses({ cut, masks: [emptySet(units), ...masks], windows: windows.losses });
  const base = baseLoss(losses);
  if (!losses.subarray(1).some(Number.isFinite)) noFiniteLoss();
  const local = settings.method === 'paperLocal';
  const candidates = pools.flatMap(({ ids }) => ids);
  const groups = local ? pools.map(({ ids }) => ids).filter((ids) => ids.length > 0) : [candidates];
  const importance = new Float64Array(units.count);
  const taus: number[] = [];
  // d(perplexity) = perplexity * d(NLL): the coefficients in nats, as importances are stated.
  const scale = Math.exp(-base);
  for (const ids of groups) {
    const fit = fitPerplexity(ids, masks, losses.slice(1));
    for (const [j, id] of ids.entries()) importance[id] = scale * (fit.model.coefficients[j] as number);
    taus.push(fit.kendallTau);
  }
  const ranked = cutOrder(units, cut, candidates, importance, prior);
  const order = local ? uniformOrder(units, cut, ranked) : ranked;
  const budget = roundBudget(settings, units, round, cut);
  const ranking = rankedAsListed(units, order);
  const after = union(cut, selectRound(settings, budget, ranking));
  const evidence = roundEvidence(units, cut, after, {
    round,
    masks: masks.length,
    forwardTokens: forwardTokens(windowTokens, windows, { masks: masks.length }),
    baseLoss: base,
    ...NO_FIT,
    // Where no module offered a candidate nothing was fitted.
    kendallTau: taus.length === 0 ? undefined : mean(taus),
  });
  return { cut: after, importance, damage: ranking.damage, evidence };
}

function fitPerplexity(
  candidates: readonly number[],
  masks: readonly UnitSet[],
  losses: Float64Array,
): CrossValidatedModel {
  const utility = losses.map((loss) => -clippedPerplexity(loss));
  const kept = new Float64Array(candidates.length * masks.length);
  for (const [j, id] of candidates.entries()) {
    for (const [i, mask] of masks.entries()) kept[j * masks.length + i] = 1 - (mask[id] as number);
  }
  return crossValidatedLasso({ rows: candidates.length, columns: masks.length, values: kept }, utility);
}

/** Candidates by coefficient; then, as the pool is smaller than the need in late rounds, everything else by prior. */
function cutOrder(
  units: UnitTable,
  cut: UnitSet,
  candidates: readonly number[],
  coefficients: Float64Array,
  prior: Float64Array,
): number[] {
  const inPool = emptySet(units);
  for (const id of candidates) inPool[id] = 1;
  const byPrior = ascendingBy(units, cut, (id) => (prior[id] as number) / units.cost(id));
  const pool = byPrior.filter((id) => inPool[id] === 1);
  pool.sort((a, b) => (coefficients[a] as number) - (coefficients[b] as number));
  return [...pool, ...byPrior.filter((id) => inPool[id] === 0)];
}
