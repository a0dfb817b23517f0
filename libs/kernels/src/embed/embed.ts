import type { Dispatch } from '@bonsai/gpu';
import { requireShape, requireThat } from '@bonsai/ops';
import type { DeviceIndices, DeviceMatrix, DeviceWeight } from '../device-storage.ts';
import { dispatch, flatGrid, weightFiles, type KernelContext, type KernelShape } from '../kernel-context.ts';

const EMBED_FIELDS = {
  rows: 'u32',
  outStride4: 'u32',
  tableStride2: 'u32',
  firstToken: 'u32',
  tokensInSegment: 'u32',
  length: 'u32',
} as const;

export function embedKernel({ precision }: KernelContext): KernelShape<typeof EMBED_FIELDS> {
  return {
    variant: { op: 'embed', precision },
    directives: [],
    files: [...weightFiles(precision), 'include/weight-column.wgsl', 'include/flat-index.wgsl', 'embed/embed.wgsl'],
    bindings: ['read', 'read', 'write'],
    fields: EMBED_FIELDS,
  };
}

export function embed(
  context: KernelContext,
  out: DeviceMatrix,
  table: DeviceWeight,
  tokens: DeviceIndices,
): Dispatch[] {
  requireShape(out, out.rows, table.inputs, 'embed', 'out');
  requireThat(out.rows % tokens.length === 0, 'embed', `${out.rows} rows, ${tokens.length} tokens`);
  return table.segments.map((segment) =>
    dispatch(embedKernel(context), {
      buffers: [tokens.buffer, segment.buffer, out.buffer],
      parameters: {
        rows: out.rows,
        outStride4: out.stride4,
        tableStride2: segment.paddedColumns / 2,
        firstToken: segment.firstColumn,
        tokensInSegment: segment.columns,
        length: tokens.length,
      },
      grid: flatGrid(out.rows * out.stride4),
    }),
  );
}
