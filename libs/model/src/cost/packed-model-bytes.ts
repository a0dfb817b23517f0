import type { ModelConfig } from '@bonsai/checkpoint';
import type { StorageSizes } from '@bonsai/ops';
import type { UnitSet } from '@bonsai/pruning';
import { keptWidths } from './kept-widths.ts';
import { weightBytes } from './weight-bytes.ts';

/** Bytes of device memory that a model takes without the units in `cut`, all of its layers on the device. */
export function packedModelBytes(config: ModelConfig, cut: UnitSet, sizes: StorageSizes): number {
  const { tables, layers } = weightBytes(config, keptWidths(config, cut), sizes);
  return layers.reduce((sum, bytes) => sum + bytes, tables);
}
