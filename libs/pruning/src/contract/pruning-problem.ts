import type { UnitTable } from '../units/unit-table.ts';

/** What is pruned and what it may be measured on. */
export interface PruningProblem {
  readonly units: UnitTable;
  /** Token count of every calibration window, in the order in which requests name windows. */
  readonly windowTokens: readonly number[];
}
