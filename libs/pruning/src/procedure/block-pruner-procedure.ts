import { residualBlocks } from '../selection/blocks.ts';
import type { RoundWindows } from '../sampling/round-windows.ts';
import { costOf, emptySet, union, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { askLosses, noFiniteLoss } from '../contract/ask.ts';
import { cutOnce, type Choice } from './cut-once.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { MethodProcedure, PruningSettings, Procedure } from '../contract/pruning-procedure.ts';

/**
 * BlockPruner (Zhong et al., arXiv 2406.10594): again and again, the attention block or the FFN without which perplexity
 * is lowest goes, every one that is left being tried. Here as long as a block fits what is left of the budget.
 */
export function blockPrunerProcedure(settings: PruningSettings, problem: PruningProblem): MethodProcedure {
  const { units } = problem;
  return cutOnce(settings, problem, (windows) => removeBlocks(units, settings.sparsity * units.totalCost, windows));
}

function* removeBlocks(units: UnitTable, budget: number, windows: RoundWindows): Procedure<Choice> {
  let cut = emptySet(units);
  let tried = 0;
  for (;;) {
    const candidates = fittingBlocks(units, cut, budget);
    if (candidates.length === 0) return { cut, damage: undefined, masks: tried, statisticsPasses: 0 };
    const losses = yield* askLosses({ cut, masks: candidates, windows: windows.losses });
    tried += candidates.length;
    cut = union(cut, candidates[leastOf(losses)] as UnitSet);
  }
}

/** @throws BonsaiError FAILED_PRECONDITION where no loss is finite */
function leastOf(losses: Float64Array): number {
  const least = losses.reduce((a, b) => (b < a ? b : a), Infinity);
  return least === Infinity ? noFiniteLoss() : losses.indexOf(least);
}

function fittingBlocks(units: UnitTable, cut: UnitSet, budget: number): UnitSet[] {
  const left = budget - costOf(units, cut);
  return residualBlocks(units).filter(
    (block) => costOf(units, block) <= left && block.every((member, id) => member === 0 || cut[id] === 0),
  );
}

/** The most masks that the search may try: as if the cheapest blocks went first and all were always affordable. */
export function mostBlockTrials(units: UnitTable, budget: number): number {
  const costs = residualBlocks(units)
    .map((block) => costOf(units, block))
    .sort((a, b) => a - b);
  let left = budget;
  let trials = 0;
  for (const [removed, cost] of costs.entries()) {
    if (cost > left) break;
    trials += costs.length - removed;
    left -= cost;
  }
  return trials;
}
