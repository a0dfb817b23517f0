import { SUBGROUP_MATRIX, type GpuDevice } from '@bonsai/gpu';
import type { Tiling } from './tiling.ts';
import { subgroupsFormWorkgroups } from './probe/subgroup-probe.ts';

/** Small subgroups mean a driver on the CPU, where broadcasts are nearly free and workgroup memory buys nothing. */
const SUBGROUP_TILINGS: Readonly<Record<number, Tiling>> = { 4: 'subgroup-4', 8: 'subgroup-8' };

/** Subgroup size that the kernels for matrix units are written for, and the product that they use. */
const MATRIX_LANES = 32;
const MATRIX_SHAPE = 'f16 f32 16x16x16';

/**
 * The tiling for a device, from what it offers alone: by subgroup where subgroups are small and of one size, by matrix
 * units where it has them in the right shape, both only after a trial of how subgroups form workgroups.
 */
export async function chooseTiling(device: GpuDevice): Promise<Tiling> {
  const { subgroupMinSize: lanes, subgroupMaxSize } = device.info;
  if (lanes !== subgroupMaxSize || !device.hasFeature('subgroups')) return 'workgroup';
  const tiling = lanes === MATRIX_LANES && hasMatrixUnits(device) ? 'matrix' : SUBGROUP_TILINGS[lanes];
  if (tiling === undefined) return 'workgroup';
  return (await subgroupsFormWorkgroups(device, lanes)) ? tiling : 'workgroup';
}

function hasMatrixUnits(device: GpuDevice): boolean {
  return (
    device.hasFeature('shader-f16') &&
    device.hasFeature(SUBGROUP_MATRIX) &&
    device.info.matrixShapes.includes(MATRIX_SHAPE)
  );
}
