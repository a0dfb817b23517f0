import type { Dispatch } from '@bonsai/gpu';
import { requireSelection, requireShape, requireThat } from '@bonsai/ops';
import type { DeviceGatedWeight, DeviceMatrix, DeviceSelection } from '../device-storage.ts';
import { gemmFiles } from '../gemm-files.ts';
import { dispatch, type KernelContext, type KernelShape } from '../kernel-context.ts';

const GATED_LINEAR_TO_KEPT_FIELDS = {
  rows: 'u32',
  inputs4: 'u32',
  weightStride4: 'u32',
  outStride: 'u32',
  keptStride4: 'u32',
  firstPair: 'u32',
  segmentPairs: 'u32',
} as const;

const ENTRY = ['gated-linear/gated-linear-to-kept.wgsl', 'include/gated.wgsl', 'include/store-tile.wgsl'];

export function gatedLinearToKeptKernel(context: KernelContext): KernelShape<typeof GATED_LINEAR_TO_KEPT_FIELDS> {
  const { tiling, precision, tile } = context;
  return {
    variant: { op: 'gated-linear-to-kept', tiling, precision, constants: tile.constants },
    ...gemmFiles(context, tile, 'kept-outputs', ENTRY),
    bindings: ['read', 'read', 'read', 'write'],
    fields: GATED_LINEAR_TO_KEPT_FIELDS,
  };
}

export function gatedLinearToKept(
  context: KernelContext,
  out: DeviceMatrix,
  x: DeviceMatrix,
  weight: DeviceGatedWeight,
  kept: DeviceSelection,
): Dispatch[] {
  requireThat(kept.unitWidth === 1, 'gatedLinearToKept', `units are ${kept.unitWidth} wide, not 1`);
  requireSelection(kept, x.rows, weight.outputs, 'gatedLinearToKept');
  requireShape(x, x.rows, weight.inputs, 'gatedLinearToKept', 'x');
  requireShape(out, x.rows, weight.outputs, 'gatedLinearToKept', 'out');
  const { tile } = context;
  const rows = x.rows / kept.masks;
  if (kept.widest === 0) return [];
  return weight.segments.map((segment) =>
    dispatch(gatedLinearToKeptKernel(context), {
      buffers: [x.buffer, segment.buffer, kept.buffer, out.buffer],
      parameters: {
        rows,
        inputs4: x.stride4,
        weightStride4: segment.paddedColumns / 4,
        outStride: 4 * out.stride4,
        keptStride4: kept.stride4,
        firstPair: segment.firstColumn / 2,
        segmentPairs: segment.paddedColumns / 2,
      },
      grid: [Math.ceil(rows / tile.rows), Math.ceil((2 * kept.widest) / tile.columns), kept.masks],
    }),
  );
}
