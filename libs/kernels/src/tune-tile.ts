import { createHash } from 'node:crypto';
import type { GpuDevice } from '@bonsai/gpu';
import type { WeightPrecision } from '@bonsai/ops';
import type { TileName } from './gemm-tile.ts';
import { describeKernel, kernelContext } from './kernel-context.ts';
import { linearKernel } from './linear/linear.ts';
import { fastestTile } from './time-tiles.ts';
import type { Tiling } from './tiling.ts';
import { usableTiles } from './usable-tiles.ts';

export interface TuningSubject {
  /** Names device, driver, number format and the text of the kernels that are timed: what was found for one key holds for no other. */
  readonly key: string;
  /** Times every tile. Undefined where there is nothing to choose from. @throws BonsaiError DEVICE_OUT_OF_MEMORY */
  tune(): Promise<TileName | undefined>;
}

/** What there is to find out about a device, a tiling and a number format. */
export function tuningSubject(device: GpuDevice, precision: WeightPrecision, tiling: Tiling): TuningSubject {
  const tiles = usableTiles(device, tiling, precision);
  const contexts = tiles.map((tile) => kernelContext(device, { precision, tiling, tile }));
  const [first, ...others] = contexts;
  const digest = createHash('sha256');
  for (const context of contexts) digest.update(JSON.stringify(describeKernel(linearKernel(context))));
  const { vendor, architecture, device: name, description, backend } = device.info;
  return {
    key: JSON.stringify({ vendor, architecture, name, description, backend, precision, kernels: digest.digest('hex') }),
    tune: async () => (first === undefined || others.length === 0 ? undefined : fastestTile([first, ...others])),
  };
}
