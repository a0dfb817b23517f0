import { costOf, type UnitSet } from '../units/unit-set.ts';
import type { UnitKind, UnitTable } from '../units/unit-table.ts';

/** Sizes in parameters; embeddings, norms and the LM head are not counted. */
export interface PlanBudget {
  readonly prunableParameters: number;
  readonly targetRemovedParameters: number;
  readonly removedParameters: number;
  /** Achieved: removed / prunable. */
  readonly sparsity: number;
  readonly keptKvGroups: number;
  readonly keptFfnNeurons: number;
}

/** @param sparsity the share that was asked for */
export function planBudget(units: UnitTable, cut: UnitSet, sparsity: number): PlanBudget {
  const removed = costOf(units, cut);
  return {
    prunableParameters: units.totalCost,
    targetRemovedParameters: Math.floor(sparsity * units.totalCost),
    removedParameters: removed,
    sparsity: removed / units.totalCost,
    keptKvGroups: keptOf(units, cut, 'kvGroup'),
    keptFfnNeurons: keptOf(units, cut, 'ffnNeuron'),
  };
}

function keptOf(units: UnitTable, cut: UnitSet, kind: UnitKind): number {
  let kept = 0;
  for (const { kind: other, start, count } of units.modules) {
    if (other === kind) for (let id = start; id < start + count; id++) if (cut[id] === 0) kept++;
  }
  return kept;
}
