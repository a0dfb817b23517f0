/**
 * How the matrix kernels share operands. `subgroup-4` and `subgroup-8` broadcast within a workgroup that is one subgroup
 * of that many lanes (CPU drivers); `workgroup` goes through workgroup memory and asks nothing of subgroups. `matrix` is
 * `workgroup` but for products with 16-bit weights, which go through the matrix units of the GPU.
 */
export type Tiling = 'subgroup-4' | 'subgroup-8' | 'workgroup' | 'matrix';

export interface TilingShape {
  /** Queries that one workgroup of the attention kernel takes. */
  readonly queries: number;
  /** Bytes of packed head that one vocabulary split walks through: what stays in a cache that the rows share. */
  readonly splitBytes: number;
  /** Shader files that go before any declaration, and those with the functions that share operands. */
  readonly directives: readonly string[];
  readonly laneFiles: readonly string[];
}

const SUBGROUPS = ['include/enable-subgroups.wgsl'];

const WORKGROUP: TilingShape = {
  queries: 64,
  splitBytes: 2 ** 22,
  directives: [],
  laneFiles: ['include/fused-multiply.wgsl'],
};

export const TILING_SHAPES: Readonly<Record<Tiling, TilingShape>> = {
  'subgroup-4': {
    queries: 4,
    splitBytes: 2 ** 19,
    directives: SUBGROUPS,
    laneFiles: ['include/lanes-4.wgsl', 'include/fused-multiply.wgsl'],
  },
  'subgroup-8': {
    queries: 8,
    splitBytes: 2 ** 19,
    directives: SUBGROUPS,
    laneFiles: ['include/lanes-8.wgsl', 'include/fused-multiply.wgsl'],
  },
  workgroup: WORKGROUP,
  matrix: WORKGROUP,
};

/** What invocations that compute together share operands through. */
export function operandSharing(tiling: Tiling): 'subgroup' | 'workgroup' {
  return tiling === 'workgroup' || tiling === 'matrix' ? 'workgroup' : 'subgroup';
}
