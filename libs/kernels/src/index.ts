export { createGpuBackend } from './gpu-backend.ts';
export type { GpuBackendOptions } from './gpu-backend.ts';
export type { WeightPrecision } from './kernel-context.ts';
export type { Tiling } from './tiling.ts';
