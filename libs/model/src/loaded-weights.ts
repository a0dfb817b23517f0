import type { Checkpoint } from '@bonsai/checkpoint';
import type { Backend } from '@bonsai/ops';
import type { KeptLayer, UnitSet, UnitTable } from '@bonsai/pruning';
import type { WeightBytes } from './cost/weight-bytes.ts';
import type { DeviceWeights } from './load/device-weights.ts';

/** A model on a backend, with all that a pass over it needs to know. */
export interface LoadedWeights {
  readonly backend: Backend;
  /** Open while the model lives: some statistics read single tensors again. */
  readonly checkpoint: Checkpoint;
  readonly units: UnitTable;
  readonly cut: UnitSet;
  readonly kept: readonly KeptLayer[];
  readonly weights: DeviceWeights;
  /** Device bytes of what is always there, and of every layer. */
  readonly bytes: WeightBytes;
  /** Rows (masks x tokens) that may go through the model together. */
  readonly rowsPerChunk: number;
}
