import { weightFiles, type KernelContext } from './kernel-context.ts';
import { TILE_SHAPES } from './tiling.ts';

/** Shader files of a kernel whose body is the tiled product x W^T; `entry` holds its bindings and its epilogue. */
export function gemmFiles(context: KernelContext, entry: string): { directives: string[]; files: string[] } {
  const tile = TILE_SHAPES[context.tiling];
  const weight = weightFiles(context.precision);
  return {
    directives: [...tile.directives, ...weight.directives],
    files: [...weight.files, 'include/gemm-operands.wgsl', 'include/mask-row.wgsl', ...tile.files, entry],
  };
}
