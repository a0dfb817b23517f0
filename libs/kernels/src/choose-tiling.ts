import type { GpuDevice } from '@bonsai/gpu';
import type { Tiling } from './tiling.ts';
import { subgroupsFormWorkgroups } from './probe/subgroup-probe.ts';

/** Small subgroups mean a driver on the CPU, where broadcasts are nearly free and workgroup memory buys nothing. */
const SUBGROUP_TILINGS: Readonly<Record<number, Tiling>> = { 4: 'subgroup-4', 8: 'subgroup-8' };

/** The tiling for a device: by subgroup where subgroups are small, of one size, and proven to form workgroups. */
export async function chooseTiling(device: GpuDevice): Promise<Tiling> {
  const { subgroupMinSize, subgroupMaxSize } = device.info;
  const tiling = SUBGROUP_TILINGS[subgroupMinSize];
  if (tiling === undefined || subgroupMinSize !== subgroupMaxSize || !device.hasFeature('subgroups')) {
    return 'workgroup';
  }
  return (await subgroupsFormWorkgroups(device, subgroupMinSize)) ? tiling : 'workgroup';
}
