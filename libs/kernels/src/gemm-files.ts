import type { GemmTile } from './gemm-tile.ts';
import { weightFiles, type KernelContext } from './kernel-context.ts';
import { TILING_SHAPES } from './tiling.ts';

/** Which inputs and outputs a tile of x W^T is of: all of them, or those that the mask of the tile keeps. */
export type GemmOperands = 'all' | 'kept-inputs' | 'kept-outputs';

const OPERAND_FILES: Readonly<Record<GemmOperands, readonly string[]>> = {
  all: ['include/gemm-operands.wgsl'],
  'kept-inputs': ['include/kept-inputs.wgsl', 'include/kept-mask.wgsl'],
  'kept-outputs': ['include/kept-outputs.wgsl', 'include/kept-mask.wgsl'],
};

/** Shader files of a kernel whose body is the tiled product x W^T; `entry` holds its bindings and its epilogue. */
export function gemmFiles(
  { tiling, precision }: KernelContext,
  tile: GemmTile,
  operands: GemmOperands,
  entry: readonly string[],
): { directives: string[]; files: string[] } {
  const { directives, laneFiles } = TILING_SHAPES[tiling];
  const columns = operands === 'kept-outputs' ? 'include/weight-kept-quads.wgsl' : 'include/weight-quads.wgsl';
  const shared = [...laneFiles, 'include/vec4.wgsl', 'include/gemm-block.wgsl'];
  const body = [...weightFiles(precision), columns, ...shared, ...tile.files];
  return {
    directives: [...new Set([...directives, ...tile.directives])],
    files: [...body, ...entry, ...OPERAND_FILES[operands]],
  };
}
