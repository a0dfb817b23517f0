import { wholeLayers } from '../selection/blocks.ts';
import { costOf, emptySet, union } from '../units/unit-set.ts';
import { askStatistics } from '../contract/ask.ts';
import { cutOnce } from './cut-once.ts';
import type { LayerStatistics } from '../contract/layer-statistics.ts';
import { statisticsOf } from '../contract/method-traits.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { MethodProcedure, PruningSettings } from '../contract/pruning-procedure.ts';

/**
 * ShortGPT (Men et al., arXiv 2403.03853): whole layers by ascending block influence, 1 - mean_t cos(x_t, y_t) for the
 * residual stream x that enters the layer and y that leaves it, on the whole model, in one shot. As many layers as fit.
 */
export function shortGptProcedure(settings: PruningSettings, problem: PruningProblem): MethodProcedure {
  const { units } = problem;
  return cutOnce(settings, problem, function* (windows) {
    let cut = emptySet(units);
    const statistics = yield* askStatistics(cut, windows.statistics, statisticsOf(settings));
    const layers = wholeLayers(units).flatMap((block, layer) =>
      block === undefined ? [] : [{ block, influence: blockInfluence(statistics[layer]) }],
    );
    layers.sort((a, b) => a.influence - b.influence);
    for (const { block } of layers) {
      const more = union(cut, block);
      if (costOf(units, more) <= settings.sparsity * units.totalCost) cut = more;
    }
    return { cut, damage: undefined, masks: 0, statisticsPasses: 1 };
  });
}

function blockInfluence(layer: LayerStatistics | undefined): number {
  if (layer?.similarity === undefined) throw new RangeError('block influence needs the similarity statistic');
  return 1 - layer.similarity;
}
