import { unitPrior } from '../prior/unit-prior.ts';
import { rankedAsListed } from '../selection/ranking.ts';
import { uniformOrder, uniformQuotas } from '../selection/uniform-share.ts';
import { ascendingBy } from '../selection/select-within-budget.ts';
import { emptySet } from '../units/unit-set.ts';
import { hasUnit } from '../units/unit-table.ts';
import { askStatistics } from '../contract/ask.ts';
import { cutOnce } from './cut-once.ts';
import { statisticsOf } from '../contract/method-traits.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { MethodProcedure, MethodSettings } from '../contract/pruning-procedure.ts';

/**
 * Magnitude pruning of units: the same share of every module, those of least mean |x_j|, the activation at the input of the
 * output projection, summed over the columns of a KV group. That is `--prune_method magnitude` of the code of arXiv
 * 2402.05406; norms of weights play no part.
 */
export function magnitudeProcedure(settings: MethodSettings, problem: PruningProblem): MethodProcedure {
  return uniformProcedure(settings, problem, [[...problem.units.shape.layers.keys()]]);
}

/**
 * Wanda-sp, Wanda for structures as the code of FLAP has it (arXiv 2312.11983, `prune_wanda_sp`): the same share of every
 * module, the units of least mean_i |W_ij| * rms_t(x_j), summed over the columns of a head. Layer by layer: x is that of
 * the model whose earlier layers are pruned already.
 */
export function wandaSpProcedure(settings: MethodSettings, problem: PruningProblem): MethodProcedure {
  const layers = [...problem.units.shape.layers.keys()];
  return uniformProcedure(
    settings,
    problem,
    layers.map((layer) => [layer]),
  );
}

/** @param stages layers that are cut on the same statistics, those of the model as the stages before have cut it */
function uniformProcedure(
  settings: MethodSettings,
  { units, windowTokens }: PruningProblem,
  stages: readonly (readonly number[])[],
): MethodProcedure {
  return cutOnce(settings, { units, windowTokens }, function* (windows) {
    const quotas = uniformQuotas(settings, units);
    const cut = emptySet(units);
    const scores = new Float64Array(units.count);
    for (const layers of stages) {
      const statistics = yield* askStatistics(cut, windows.statistics, statisticsOf(settings));
      const prior = unitPrior(settings.prior, units, statistics, cut, settings.seed);
      const order = ascendingBy(units, cut, (id) => prior[id] as number);
      for (const [m, module] of units.modules.entries()) {
        if (!layers.includes(module.layer)) continue;
        const own = order.filter((id) => hasUnit(module, id));
        for (const id of own) scores[id] = prior[id] as number;
        for (const id of own.slice(0, quotas[m])) cut[id] = 1;
      }
    }
    const ranked = ascendingBy(units, emptySet(units), (id) => scores[id] as number);
    const { damage } = rankedAsListed(units, uniformOrder(units, emptySet(units), ranked));
    return { cut, damage, masks: 0, statisticsPasses: stages.length };
  });
}
