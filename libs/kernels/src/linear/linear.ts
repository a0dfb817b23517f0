import type { Dispatch } from '@bonsai/gpu';
import { requireShape } from '../contract.ts';
import type { DeviceMatrix, DeviceWeight } from '../device-storage.ts';
import { dispatch, type KernelContext, type KernelShape } from '../kernel-context.ts';
import { gemmFiles } from '../gemm-files.ts';
import { gemmTile } from '../gemm-tile.ts';

export const LINEAR_FIELDS = {
  rows: 'u32',
  inputs4: 'u32',
  weightStride4: 'u32',
  outStride4: 'u32',
  outColumn4: 'u32',
  add: 'u32',
} as const;

/** Values of the parameter `add`. */
const ADD = { nothing: 0, residual: 1, out: 2 } as const;

export function linearKernel(context: KernelContext): KernelShape<typeof LINEAR_FIELDS> {
  const { tiling, precision } = context;
  return {
    variant: { op: 'linear', tiling, precision },
    ...gemmFiles(context, 'linear/linear.wgsl'),
    bindings: ['read', 'read', 'read', 'write'],
    fields: LINEAR_FIELDS,
  };
}

export function linear(
  context: KernelContext,
  out: DeviceMatrix,
  x: DeviceMatrix,
  weight: DeviceWeight,
  residual?: DeviceMatrix,
): Dispatch[] {
  requireShape(x, x.rows, weight.inputs, 'linear', 'x');
  requireShape(out, x.rows, weight.outputs, 'linear', 'out');
  if (residual !== undefined) requireShape(residual, x.rows, weight.outputs, 'linear', 'residual');
  const inPlace = residual?.buffer === out.buffer;
  // A buffer must not be bound as read-only and as writable at once; what is not used is bound to anything readable.
  const added = residual === undefined || inPlace ? x : residual;
  const add = residual === undefined ? ADD.nothing : inPlace ? ADD.out : ADD.residual;
  const tile = gemmTile(context.tiling, context.precision);
  return weight.segments.map((segment) =>
    dispatch(linearKernel(context), {
      buffers: [x.buffer, segment.buffer, added.buffer, out.buffer],
      parameters: {
        rows: x.rows,
        inputs4: x.stride4,
        weightStride4: segment.paddedColumns / 4,
        outStride4: out.stride4,
        outColumn4: segment.firstColumn / 4,
        add,
      },
      grid: [Math.ceil(x.rows / tile.rows), segment.paddedColumns / tile.columns, 1],
    }),
  );
}
