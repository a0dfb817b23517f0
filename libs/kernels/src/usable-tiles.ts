import type { GpuDevice } from '@bonsai/gpu';
import type { WeightPrecision } from '@bonsai/ops';
import { gemmTiles, type GemmTile } from './gemm-tile.ts';
import type { Tiling } from './tiling.ts';

/** Tiles of a tiling for whose workgroup memory and invocations a device has room. */
export function usableTiles(device: GpuDevice, tiling: Tiling, precision: WeightPrecision): GemmTile[] {
  return gemmTiles(tiling, precision).filter(
    (tile) =>
      tile.workgroupBytes <= device.limit('maxComputeWorkgroupStorageSize') &&
      tile.invocations <= device.limit('maxComputeInvocationsPerWorkgroup'),
  );
}
