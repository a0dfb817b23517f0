import type { Dispatch } from '@bonsai/gpu';
import type { AttentionShape } from '@bonsai/ops';
import { requireAttentionShape, requireShape } from '../contract.ts';
import type { DeviceMatrix } from '../device-storage.ts';
import { dispatch, type KernelShape } from '../kernel-context.ts';

export const ROTARY_FIELDS = {
  stride: 'u32',
  tableStride: 'u32',
  windowLength: 'u32',
  heads: 'u32',
  halfDim: 'u32',
} as const;

const INVOCATIONS = 64;

export const ROTARY_KERNEL: KernelShape<typeof ROTARY_FIELDS> = {
  variant: { op: 'rotary-embedding' },
  directives: [],
  files: ['rotary-embedding/rotary-embedding.wgsl'],
  bindings: ['read', 'write'],
  fields: ROTARY_FIELDS,
};

export function rotaryEmbedding(qkv: DeviceMatrix, table: DeviceMatrix, shape: AttentionShape): Dispatch[] {
  const { headDim, queryHeads, kvGroups, windowLength } = shape;
  requireAttentionShape(shape, qkv, 'rotaryEmbedding');
  requireShape(table, windowLength, headDim, 'rotaryEmbedding', 'table');
  const heads = queryHeads + kvGroups;
  const halfDim = headDim / 2;
  return [
    dispatch(ROTARY_KERNEL, {
      buffers: [table.buffer, qkv.buffer],
      parameters: {
        stride: 4 * qkv.stride4,
        tableStride: 4 * table.stride4,
        windowLength,
        heads,
        halfDim,
      },
      grid: [Math.ceil((heads * halfDim) / INVOCATIONS), windowLength, qkv.rows / windowLength],
    }),
  ];
}
