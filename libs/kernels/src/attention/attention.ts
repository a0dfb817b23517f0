import type { Dispatch } from '@bonsai/gpu';
import { requireAttentionShape, requireKeptHeads, requireShape } from '@bonsai/ops';
import type { AttentionShape } from '@bonsai/ops';
import type { DeviceMatrix, DeviceSelection } from '../device-storage.ts';
import { dispatch, type KernelContext, type KernelShape } from '../kernel-context.ts';
import { operandSharing, TILING_SHAPES } from '../tiling.ts';

const ATTENTION_FIELDS = {
  windowLength: 'u32',
  stride2: 'u32',
  outStride2: 'u32',
  queryHeads: 'u32',
  kvGroups: 'u32',
  pairs: 'u32',
  windowsPerMask: 'u32',
  keptStride4: 'u32',
  scale: 'f32',
} as const;

export function attentionKernel({ tiling }: KernelContext): KernelShape<typeof ATTENTION_FIELDS> {
  const { directives, laneFiles } = TILING_SHAPES[tiling];
  const entry = `attention/attention-${operandSharing(tiling)}.wgsl`;
  return {
    variant: { op: 'attention', tiling },
    directives,
    files: [...laneFiles, 'include/vec4.wgsl', 'include/kept-heads.wgsl', 'attention/attention-operands.wgsl', entry],
    bindings: ['read', 'read', 'write'],
    fields: ATTENTION_FIELDS,
  };
}

export function attention(
  context: KernelContext,
  out: DeviceMatrix,
  qkv: DeviceMatrix,
  shape: AttentionShape,
  kept?: DeviceSelection,
): Dispatch[] {
  const { headDim, queryHeads, kvGroups, windowLength } = shape;
  requireAttentionShape(shape, qkv, 'attention');
  requireShape(out, qkv.rows, queryHeads * headDim, 'attention', 'out');
  requireKeptHeads(kept, qkv.rows, shape, 'attention');
  const windows = qkv.rows / windowLength;
  const heads = kept?.widest ?? queryHeads;
  if (heads === 0) return [];
  const queryTiles = Math.ceil(windowLength / TILING_SHAPES[context.tiling].queries);
  return [
    dispatch(attentionKernel(context), {
      buffers: [qkv.buffer, (kept ?? qkv).buffer, out.buffer],
      parameters: {
        windowLength,
        stride2: 2 * qkv.stride4,
        outStride2: 2 * out.stride4,
        queryHeads,
        kvGroups,
        pairs: headDim / 2,
        windowsPerMask: kept === undefined ? 0 : windows / kept.masks,
        keptStride4: kept?.stride4 ?? 0,
        scale: 1 / Math.sqrt(headDim),
      },
      grid: [queryTiles, heads, windows],
    }),
  ];
}
