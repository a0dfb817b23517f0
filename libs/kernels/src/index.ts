export { chooseTiling } from './choose-tiling.ts';
export type { TilingOptions } from './choose-tiling.ts';
export { createGpuBackend } from './gpu-backend.ts';
export type { GpuBackendOptions } from './gpu-backend.ts';
export type { Tiling } from './tiling.ts';
export type { TileName } from './gemm-tile.ts';
export { tuningSubject } from './tune-tile.ts';
export type { TuningSubject } from './tune-tile.ts';
