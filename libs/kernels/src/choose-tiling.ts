import { SUBGROUP_MATRIX, type GpuDevice } from '@bonsai/gpu';
import { matrixTrial } from './probe/matrix-trial.ts';
import { subgroupsFormWorkgroups } from './probe/subgroup-probe.ts';
import type { Tiling } from './tiling.ts';
import { usableTiles } from './usable-tiles.ts';

/** Small subgroups mean a driver on the CPU, where broadcasts are nearly free and workgroup memory buys nothing. */
const SUBGROUP_TILINGS: Readonly<Record<number, Tiling>> = { 4: 'subgroup-4', 8: 'subgroup-8' };

/** Subgroup size that the kernels for matrix units are written for, and the product that they use. */
const MATRIX_LANES = 32;
const MATRIX_SHAPE = 'f16 f32 16x16x16';
const MATRIX_PRECISIONS = ['f16', 'bf16'] as const;

export interface TilingOptions {
  /** Whether matrix units may be used where there are any; unset: yes. */
  readonly matrixUnits?: boolean;
  /** Told what is wrong with matrix units that are there and are not used. */
  readonly refused?: (problem: string) => void;
}

/**
 * The tiling for a device, from what it offers alone: by subgroup where subgroups are small and of one size, by matrix
 * units where it has them in the right shape, both only after a trial of how subgroups form workgroups, and matrix units only if
 * every tile of theirs gets a product right.
 * @throws BonsaiError DEVICE_LOST
 */
export async function chooseTiling(device: GpuDevice, options: TilingOptions = {}): Promise<Tiling> {
  const { subgroupMinSize: lanes, subgroupMaxSize } = device.info;
  if (lanes !== subgroupMaxSize || !device.hasFeature('subgroups')) return 'workgroup';
  const matrix = lanes === MATRIX_LANES && options.matrixUnits !== false && hasMatrixUnits(device);
  const tiling = matrix ? 'matrix' : SUBGROUP_TILINGS[lanes];
  if (tiling === undefined || !(await subgroupsFormWorkgroups(device, lanes))) return 'workgroup';
  const problem = matrix ? await faultOfMatrixUnits(device) : undefined;
  if (problem === undefined) return tiling;
  options.refused?.(problem);
  return 'workgroup';
}

function hasMatrixUnits(device: GpuDevice): boolean {
  return (
    device.hasFeature('shader-f16') &&
    device.hasFeature(SUBGROUP_MATRIX) &&
    device.info.matrixShapes.includes(MATRIX_SHAPE)
  );
}

async function faultOfMatrixUnits(device: GpuDevice): Promise<string | undefined> {
  for (const precision of MATRIX_PRECISIONS) {
    for (const tile of usableTiles(device, 'matrix', precision)) {
      const fault = await matrixTrial(device, precision, tile);
      if (fault !== undefined) return `tile of ${tile.rows}x${tile.columns} with ${precision} weights: ${fault}`;
    }
  }
  return undefined;
}
