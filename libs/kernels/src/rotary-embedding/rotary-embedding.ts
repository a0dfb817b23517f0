import type { Dispatch } from '@bonsai/gpu';
import { requireAttentionShape, requireKeptHeads, requireRotaryTable } from '@bonsai/ops';
import type { AttentionShape } from '@bonsai/ops';
import type { DeviceMatrix, DeviceSelection } from '../device-storage.ts';
import { dispatch, MAX_GRID, type KernelShape } from '../kernel-context.ts';

const ROTARY_FIELDS = {
  stride: 'u32',
  tableStride: 'u32',
  windowLength: 'u32',
  queryHeads: 'u32',
  kvGroups: 'u32',
  headDim: 'u32',
  pairs: 'u32',
  windowsPerMask: 'u32',
  keptStride4: 'u32',
} as const;

const INVOCATIONS = 64;

export const ROTARY_KERNEL: KernelShape<typeof ROTARY_FIELDS> = {
  variant: { op: 'rotary-embedding' },
  directives: [],
  files: ['include/kept-heads.wgsl', 'rotary-embedding/rotary-embedding.wgsl'],
  bindings: ['read', 'read', 'write'],
  fields: ROTARY_FIELDS,
};

export function rotaryEmbedding(
  qkv: DeviceMatrix,
  table: DeviceMatrix,
  shape: AttentionShape,
  kept?: DeviceSelection,
): Dispatch[] {
  const { headDim, queryHeads, kvGroups, windowLength } = shape;
  requireAttentionShape(shape, qkv, 'rotaryEmbedding');
  requireRotaryTable(table, shape, 'rotaryEmbedding');
  requireKeptHeads(kept, qkv.rows, shape, 'rotaryEmbedding');
  const windows = qkv.rows / windowLength;
  const pairs = table.cols / 2;
  const pairsOfRow = ((kept?.widest ?? queryHeads) + (kept?.mostGroups ?? kvGroups)) * pairs;
  if (pairsOfRow === 0) return [];
  return [
    dispatch(ROTARY_KERNEL, {
      buffers: [table.buffer, (kept ?? table).buffer, qkv.buffer],
      parameters: {
        stride: 4 * qkv.stride4,
        tableStride: 4 * table.stride4,
        windowLength,
        queryHeads,
        kvGroups,
        headDim,
        pairs,
        windowsPerMask: kept === undefined ? 0 : windows / kept.masks,
        keptStride4: kept?.stride4 ?? 0,
      },
      grid: [Math.ceil(pairsOfRow / INVOCATIONS), Math.min(windowLength, MAX_GRID), windows],
    }),
  ];
}
