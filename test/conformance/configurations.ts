import { openDevice, type DeviceOptions } from '@bonsai/gpu';
import { chooseTiling, createGpuBackend, type GpuBackendOptions, type Tiling } from '@bonsai/kernels';
import type { Backend } from '@bonsai/ops';

/** What a GPU backend may be made of: every tile scheme with every weight precision that there is. */
export interface Configuration {
  readonly name: string;
  readonly options: GpuBackendOptions;
}

const PRECISIONS = ['f32', 'f16', 'bf16'] as const;

async function configurationsOfDevice(): Promise<Configuration[]> {
  const device = await openDevice();
  const tilings = new Set<Tiling>(['workgroup', await chooseTiling(device)]);
  await device.dispose();
  return [...tilings].flatMap((tiling) =>
    PRECISIONS.map((precision) => ({ name: `${tiling}, ${precision} weights`, options: { tiling, precision } })),
  );
}

/** Whether products of a configuration round their inputs, as those of matrix units do. */
export function roundsInputs({ tiling, precision }: GpuBackendOptions): boolean {
  return tiling === 'matrix' && precision !== 'f32';
}

/** The configurations that the device of this machine can run; fails where there is no device. */
export const configurations: readonly Configuration[] = await configurationsOfDevice();

export async function openBackend(options: GpuBackendOptions, deviceOptions: DeviceOptions = {}): Promise<Backend> {
  return createGpuBackend(await openDevice(deviceOptions), options);
}
