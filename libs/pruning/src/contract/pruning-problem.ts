import type { UnitTable } from '../units/unit-table.ts';

/** What is pruned and what it may be measured on. */
export interface PruningProblem {
  readonly units: UnitTable;
  /** Token count of every calibration window, in the order in which requests name windows. */
  readonly windowTokens: readonly number[];
}

/** Of the named windows together. */
export function tokensOf(windowTokens: readonly number[], indices: readonly number[]): number {
  return indices.reduce((sum, index) => sum + (windowTokens[index] ?? 0), 0);
}
