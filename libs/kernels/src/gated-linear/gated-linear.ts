import type { Dispatch } from '@bonsai/gpu';
import { requireShape } from '@bonsai/ops';
import type { DeviceGatedWeight, DeviceMatrix } from '../device-storage.ts';
import { gemmFiles } from '../gemm-files.ts';
import { dispatch, type KernelContext, type KernelShape } from '../kernel-context.ts';

const GATED_LINEAR_FIELDS = {
  rows: 'u32',
  inputs4: 'u32',
  weightStride4: 'u32',
  outStride2: 'u32',
  outColumn2: 'u32',
} as const;

const ENTRY = ['gated-linear/gated-linear.wgsl', 'include/gated.wgsl', 'include/store-tile.wgsl'];

export function gatedLinearKernel(context: KernelContext): KernelShape<typeof GATED_LINEAR_FIELDS> {
  const { tiling, precision, tile } = context;
  return {
    variant: { op: 'gated-linear', tiling, precision, constants: tile.constants },
    ...gemmFiles(context, tile, 'all', ENTRY),
    bindings: ['read', 'read', 'write'],
    fields: GATED_LINEAR_FIELDS,
  };
}

export function gatedLinear(
  context: KernelContext,
  out: DeviceMatrix,
  x: DeviceMatrix,
  weight: DeviceGatedWeight,
): Dispatch[] {
  requireShape(x, x.rows, weight.inputs, 'gatedLinear', 'x');
  requireShape(out, x.rows, weight.outputs, 'gatedLinear', 'out');
  const { tile } = context;
  return weight.segments.map((segment) =>
    dispatch(gatedLinearKernel(context), {
      buffers: [x.buffer, segment.buffer, out.buffer],
      parameters: {
        rows: x.rows,
        inputs4: x.stride4,
        weightStride4: segment.paddedColumns / 4,
        outStride2: 2 * out.stride4,
        outColumn2: segment.firstColumn / 4,
      },
      grid: [Math.ceil(x.rows / tile.rows), segment.paddedColumns / tile.columns, 1],
    }),
  );
}
