import type { RoundWindows } from '../sampling/round-windows.ts';
import { costOf, countIn, type UnitSet } from '../units/unit-set.ts';
import type { UnitKind, UnitTable } from '../units/unit-table.ts';
import type { RoundEvidence } from './pruning-procedure.ts';

type Measured = Omit<RoundEvidence, 'removedParameters' | 'removedKvGroups' | 'removedFfnNeurons'>;

/** A round's evidence, completed with what it added to the cut. */
export function roundEvidence(units: UnitTable, before: UnitSet, after: UnitSet, measured: Measured): RoundEvidence {
  const added = (kind: UnitKind): number => countOf(units, after, kind) - countOf(units, before, kind);
  return {
    ...measured,
    removedParameters: costOf(units, after) - costOf(units, before),
    removedKvGroups: added('kvGroup'),
    removedFfnNeurons: added('ffnNeuron'),
  };
}

/** Units of one kind in a set. */
export function countOf(units: UnitTable, set: UnitSet, kind: UnitKind): number {
  return units.modules.filter((module) => module.kind === kind).reduce((sum, module) => sum + countIn(module, set), 0);
}

/**
 * Tokens that a round runs through the model: its statistics, the unmasked model and every mask.
 * @param masks evaluated on the windows for losses
 * @param finalists evaluated on the windows for finals
 */
export function forwardTokens(
  windowTokens: readonly number[],
  windows: RoundWindows,
  masks: number,
  finalists: number,
): number {
  const tokensOf = (indices: readonly number[]): number =>
    indices.reduce((sum, index) => sum + (windowTokens[index] ?? 0), 0);
  return tokensOf(windows.statistics) + (masks + 1) * tokensOf(windows.losses) + finalists * tokensOf(windows.finals);
}
