import type { RoundWindows } from '../sampling/round-windows.ts';
import { keptQueryHeads } from '../units/kept-heads.ts';
import { addedCost, countIn, type UnitSet } from '../units/unit-set.ts';
import type { UnitKind, UnitTable } from '../units/unit-table.ts';
import { tokensOf } from '../contract/pruning-problem.ts';
import type { RoundEvidence } from '../contract/pruning-procedure.ts';

type Measured = Omit<
  RoundEvidence,
  'removedParameters' | 'removedKvGroups' | 'removedQueryHeads' | 'removedFfnNeurons'
>;

/** Of a round in which nothing was fitted. */
export const NO_FIT = { looR2: undefined, kendallTau: undefined, looR2WithoutTopModule: undefined, maskFits: [] };

/** A round's evidence, completed with what it added to the cut. */
export function roundEvidence(units: UnitTable, before: UnitSet, after: UnitSet, measured: Measured): RoundEvidence {
  const added = (kind: UnitKind): number => countOf(units, after, kind) - countOf(units, before, kind);
  return {
    ...measured,
    removedParameters: addedCost(units, before, after),
    removedKvGroups: added('kvGroup'),
    removedQueryHeads: headsLeft(units, before) - headsLeft(units, after),
    removedFfnNeurons: added('ffnNeuron'),
  };
}

function headsLeft(units: UnitTable, removed: UnitSet): number {
  return units.shape.layers.reduce((sum, _, layer) => sum + keptQueryHeads(units, layer, removed).length, 0);
}

/** Units of one kind in a set. */
function countOf(units: UnitTable, set: UnitSet, kind: UnitKind): number {
  return units.modules.filter((module) => module.kind === kind).reduce((sum, module) => sum + countIn(module, set), 0);
}

/** How often a round runs its windows through the model. */
export interface RoundPasses {
  /** Evaluated on the windows for losses, beside the unmasked model. */
  readonly masks: number;
  /** Evaluated on the windows for finals; 0 if absent. */
  readonly finalists?: number;
  /** Over the windows for statistics; 1 if absent. */
  readonly statisticsPasses?: number;
}

/** Tokens that a round runs through the model: its statistics, the unmasked model and every mask. */
export function forwardTokens(
  windowTokens: readonly number[],
  windows: RoundWindows,
  { masks, finalists = 0, statisticsPasses = 1 }: RoundPasses,
): number {
  return (
    statisticsPasses * tokensOf(windowTokens, windows.statistics) +
    (masks + 1) * tokensOf(windowTokens, windows.losses) +
    finalists * tokensOf(windowTokens, windows.finals)
  );
}
