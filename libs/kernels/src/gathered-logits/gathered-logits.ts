import type { Dispatch } from '@bonsai/gpu';
import { requireShape, requireThat } from '@bonsai/ops';
import { LANE_WIDTH, type DeviceIndices, type DeviceMatrix, type DeviceWeight } from '../device-storage.ts';
import { dispatch, flatGrid, weightFiles, type KernelContext, type KernelShape } from '../kernel-context.ts';

const GATHERED_LOGITS_FIELDS = {
  rows: 'u32',
  inputs4: 'u32',
  outStride: 'u32',
  columns: 'u32',
  tokenRows: 'u32',
  headStride2: 'u32',
  firstToken: 'u32',
  tokensInSegment: 'u32',
} as const;

export function gatheredLogitsKernel(context: KernelContext): KernelShape<typeof GATHERED_LOGITS_FIELDS> {
  const { precision, headTile } = context;
  const inputs = `inputs-${headTile.inputs}`;
  return {
    variant: { op: `gathered-logits-${inputs}`, precision },
    directives: [],
    files: [
      ...weightFiles(precision),
      'include/weight-column.wgsl',
      `include/${inputs}.wgsl`,
      'include/flat-index.wgsl',
      'include/vec4.wgsl',
      'gathered-logits/gathered-logits.wgsl',
    ],
    bindings: ['read', 'read', 'read', 'write'],
    fields: GATHERED_LOGITS_FIELDS,
  };
}

export function gatheredLogits(
  context: KernelContext,
  out: DeviceMatrix,
  x: DeviceMatrix,
  head: DeviceWeight,
  tokens: DeviceIndices,
): Dispatch[] {
  const op = 'gatheredLogits';
  requireShape(x, x.rows, head.inputs, op, 'x');
  requireShape(out, x.rows, out.cols, op, 'out');
  requireThat(tokens.length % out.cols === 0, op, `${tokens.length} tokens, ${out.cols} per row`);
  const tokenRows = tokens.length / out.cols;
  requireThat(x.rows % tokenRows === 0, op, `${x.rows} rows repeat tokens of ${tokenRows}`);
  return head.segments.map((segment) =>
    dispatch(gatheredLogitsKernel(context), {
      buffers: [x.buffer, tokens.buffer, segment.buffer, out.buffer],
      parameters: {
        rows: x.rows,
        inputs4: x.stride4,
        outStride: LANE_WIDTH * out.stride4,
        columns: out.cols,
        tokenRows,
        headStride2: segment.paddedColumns / 2,
        firstToken: segment.firstColumn,
        tokensInSegment: segment.columns,
      },
      grid: flatGrid(x.rows * out.cols),
    }),
  );
}
