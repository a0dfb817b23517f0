/**
 * How the matrix kernels share operands. `subgroup-4` and `subgroup-8` broadcast within a workgroup that is one subgroup
 * of that many lanes (CPU drivers); `workgroup` goes through workgroup memory and asks nothing of subgroups.
 */
export type Tiling = 'subgroup-4' | 'subgroup-8' | 'workgroup';

export interface TileShape {
  /** Rows of activations that one workgroup computes. */
  readonly rows: number;
  /** Columns of outputs that one workgroup computes; weights are padded to a multiple of it. */
  readonly columns: number;
  /** Queries that one workgroup of the attention kernel takes. */
  readonly queries: number;
  /** Bytes of packed head that one vocabulary split walks through: what stays in a cache that the rows share. */
  readonly splitBytes: number;
  /** Shader files that define the tile, in order, and those that go before any declaration. */
  readonly directives: readonly string[];
  readonly files: readonly string[];
}

const SUBGROUP_FILES = ['include/fused-multiply.wgsl', 'include/tile-subgroup.wgsl'];

/** Tile sizes as data, kept in step with the constants of the files they name. */
export const TILE_SHAPES: Readonly<Record<Tiling, TileShape>> = {
  'subgroup-4': {
    rows: 16,
    columns: 16,
    queries: 4,
    splitBytes: 2 ** 19,
    directives: ['include/enable-subgroups.wgsl'],
    files: ['include/lanes-4.wgsl', ...SUBGROUP_FILES],
  },
  'subgroup-8': {
    rows: 16,
    columns: 32,
    queries: 8,
    splitBytes: 2 ** 19,
    directives: ['include/enable-subgroups.wgsl'],
    files: ['include/lanes-8.wgsl', ...SUBGROUP_FILES],
  },
  workgroup: {
    rows: 64,
    columns: 64,
    queries: 64,
    splitBytes: 2 ** 22,
    directives: [],
    files: ['include/fused-multiply.wgsl', 'include/tile-workgroup.wgsl'],
  },
};

/** Files with which a kernel that has its own tile walk shares the lane functions of a tiling. */
export function laneFiles(tiling: Tiling): readonly string[] {
  return TILE_SHAPES[tiling].files.filter((file) => !file.startsWith('include/tile-'));
}
