import { gemmTile } from './gemm-tile.ts';
import { weightFiles, type KernelContext } from './kernel-context.ts';
import { TILING_SHAPES } from './tiling.ts';

/** Shader files of a kernel whose body is the tiled product x W^T; `entry` holds its bindings and its epilogue. */
export function gemmFiles(context: KernelContext, entry: string): { directives: string[]; files: string[] } {
  const { tiling, precision } = context;
  const { directives, laneFiles } = TILING_SHAPES[tiling];
  const weight = weightFiles(precision);
  const operands = [...weight.files, 'include/gemm-operands.wgsl', 'include/mask-row.wgsl'];
  return {
    directives: [...directives, ...weight.directives],
    files: [...operands, ...laneFiles, ...gemmTile(tiling, precision).files, entry],
  };
}
