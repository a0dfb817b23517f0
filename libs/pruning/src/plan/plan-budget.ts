import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { resourceUse } from '../target/target-problem.ts';
import { keptLayers, type KeptLayer } from '../units/kept-layers.ts';
import { costOf, emptySet, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';

/** Sizes in parameters; embeddings, norms and the LM head are not counted. */
export interface PlanBudget {
  readonly prunableParameters: number;
  readonly targetRemovedParameters: number;
  readonly removedParameters: number;
  /** Achieved: removed / prunable. */
  readonly sparsity: number;
  readonly keptKvGroups: number;
  readonly keptQueryHeads: number;
  readonly keptFfnNeurons: number;
  /** What the pruned model takes of the resource that is limited; 0 where a share was asked for. */
  readonly resourceUse: number;
}

type AskedBudget = Pick<PruningSettings, 'sparsity' | 'target'>;

export function planBudget(units: UnitTable, cut: UnitSet, settings: AskedBudget): PlanBudget {
  const removed = costOf(units, cut);
  const layers = keptLayers(units, cut);
  const kept = (of: (layer: KeptLayer) => readonly number[]): number =>
    layers.reduce((sum, layer) => sum + of(layer).length, 0);
  const { target } = settings;
  return {
    prunableParameters: units.totalCost,
    targetRemovedParameters: targetRemovedParameters(units, settings),
    resourceUse: target === undefined ? 0 : resourceUse(units, cut, target),
    removedParameters: removed,
    sparsity: removed / units.totalCost,
    keptKvGroups: kept(({ kvGroups }) => kvGroups),
    keptQueryHeads: kept(({ queryHeads }) => queryHeads),
    keptFfnNeurons: kept(({ ffnNeurons }) => ffnNeurons),
  };
}

/** What was asked for, as far as it was in parameters: the most with a share, the least with a limit. Else 0. */
export function targetRemovedParameters(units: UnitTable, { sparsity, target }: AskedBudget): number {
  if (target === undefined) return Math.floor(sparsity * units.totalCost);
  return target.resource === 'parameters' ? resourceUse(units, emptySet(units), target) - target.atMost : 0;
}
