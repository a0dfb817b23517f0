import type { UnitSet } from '@bonsai/pruning';

export const LATENCY_RUNTIMES = ['scorer', 'llama.cpp'] as const;
export type LatencyRuntimeName = (typeof LATENCY_RUNTIMES)[number];

/** What runs a model whose latency is limited. */
export interface LatencyRuntime {
  /** With the device, for people: what a table was measured on. */
  readonly name: string;
  /**
   * Makes sure, before anything is timed, of room for what timing some cuts takes.
   * @throws BonsaiError OUTPUT_FAILED
   */
  prepare(cuts: readonly UnitSet[]): Promise<void>;
  /**
   * Seconds of each of some forward passes of one window, without the units of a cut. A pass that is not timed goes first.
   * @throws BonsaiError if the model cannot be run
   */
  time(cut: UnitSet, passes: number): Promise<readonly number[]>;
  close(): Promise<void>;
}
