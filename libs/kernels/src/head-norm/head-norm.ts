import type { Dispatch } from '@bonsai/gpu';
import { requireAttentionShape, requireKeptHeads, requireShape } from '@bonsai/ops';
import type { AttentionShape } from '@bonsai/ops';
import type { DeviceMatrix, DeviceSelection } from '../device-storage.ts';
import { dispatch, flatGrid, type KernelShape } from '../kernel-context.ts';

const HEAD_NORM_FIELDS = {
  rows: 'u32',
  stride: 'u32',
  windowLength: 'u32',
  queryHeads: 'u32',
  kvGroups: 'u32',
  headDim: 'u32',
  gainStride: 'u32',
  epsilon: 'f32',
  windowsPerMask: 'u32',
  keptStride4: 'u32',
} as const;

export const HEAD_NORM_KERNEL: KernelShape<typeof HEAD_NORM_FIELDS> = {
  variant: { op: 'head-norm' },
  directives: [],
  files: ['include/flat-index.wgsl', 'include/kept-heads.wgsl', 'head-norm/head-norm.wgsl'],
  bindings: ['read', 'read', 'write'],
  fields: HEAD_NORM_FIELDS,
};

export function headNorm(
  qkv: DeviceMatrix,
  gains: DeviceMatrix,
  shape: AttentionShape,
  epsilon: number,
  kept?: DeviceSelection,
): Dispatch[] {
  const { headDim, queryHeads, kvGroups, windowLength } = shape;
  requireAttentionShape(shape, qkv, 'headNorm');
  requireShape(gains, 2, headDim, 'headNorm', 'gains');
  requireKeptHeads(kept, qkv.rows, shape, 'headNorm');
  return [
    dispatch(HEAD_NORM_KERNEL, {
      buffers: [gains.buffer, (kept ?? gains).buffer, qkv.buffer],
      parameters: {
        rows: qkv.rows,
        stride: 4 * qkv.stride4,
        windowLength,
        queryHeads,
        kvGroups,
        headDim,
        gainStride: 4 * gains.stride4,
        epsilon,
        windowsPerMask: kept === undefined ? 0 : qkv.rows / windowLength / kept.masks,
        keptStride4: kept?.stride4 ?? 0,
      },
      grid: flatGrid(qkv.rows * (queryHeads + kvGroups)),
    }),
  ];
}
