import { openDevice, type DeviceOptions } from '@bonsai/gpu';
import { createGpuBackend, type GpuBackendOptions, type Tiling } from '@bonsai/kernels';
import type { Backend } from '@bonsai/ops';

/** What a GPU backend may be made of: every tile scheme with every weight precision that there is. */
export interface Configuration {
  readonly name: string;
  readonly options: GpuBackendOptions;
}

const TILINGS: readonly Tiling[] = ['subgroup-4', 'subgroup-8', 'workgroup'];

const PRECISIONS = ['f32', 'f16', 'bf16'] as const;

async function configurationsOfDevice(): Promise<Configuration[]> {
  const device = await openDevice();
  const { subgroupMinSize, subgroupMaxSize } = device.info;
  const subgroup = subgroupMinSize === subgroupMaxSize ? `subgroup-${subgroupMinSize}` : '';
  const tilings = TILINGS.filter((tiling) => tiling === 'workgroup' || tiling === subgroup);
  await device.dispose();
  return tilings.flatMap((tiling) =>
    PRECISIONS.map((precision) => ({ name: `${tiling}, ${precision} weights`, options: { tiling, precision } })),
  );
}

/** The configurations that the device of this machine can run; fails where there is no device. */
export const configurations: readonly Configuration[] = await configurationsOfDevice();

export async function openBackend(options: GpuBackendOptions, deviceOptions: DeviceOptions = {}): Promise<Backend> {
  return createGpuBackend(await openDevice(deviceOptions), options);
}
