import type { Dispatch } from '@bonsai/gpu';
import { requireSelection, requireShape } from '@bonsai/ops';
import type { DeviceMatrix, DeviceSelection, DeviceWeight } from '../device-storage.ts';
import { dispatch, type KernelContext, type KernelShape } from '../kernel-context.ts';
import { gemmFiles } from '../gemm-files.ts';

const LINEAR_FIELDS = {
  rows: 'u32',
  inputs4: 'u32',
  weightStride4: 'u32',
  outStride4: 'u32',
  outColumn4: 'u32',
  add: 'u32',
  keptStride4: 'u32',
} as const;

/** Values of the parameter `add`. */
const ADD = { nothing: 0, residual: 1, out: 2 } as const;

const ENTRY = ['linear/linear.wgsl', 'include/store-tile.wgsl'];

export function linearKernel(context: KernelContext): KernelShape<typeof LINEAR_FIELDS> {
  const { tiling, precision, tile } = context;
  return {
    variant: { op: 'linear', tiling, precision, constants: tile.constants },
    ...gemmFiles(context, tile, 'all', ENTRY),
    bindings: ['read', 'read', 'read', 'write'],
    fields: LINEAR_FIELDS,
  };
}

export function linearFromKeptKernel(context: KernelContext): KernelShape<typeof LINEAR_FIELDS> {
  const { tiling, precision, tile } = context;
  return {
    variant: { op: 'linear-from-kept', tiling, precision, constants: tile.constants },
    ...gemmFiles(context, tile, 'kept-inputs', ENTRY),
    bindings: ['read', 'read', 'read', 'write', 'read'],
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
  return product(context, out, x, weight, residual, undefined);
}

export function linearFromKept(
  context: KernelContext,
  out: DeviceMatrix,
  x: DeviceMatrix,
  weight: DeviceWeight,
  kept: DeviceSelection,
  residual?: DeviceMatrix,
): Dispatch[] {
  requireSelection(kept, x.rows, weight.inputs, 'linearFromKept');
  requireShape(x, x.rows, weight.inputs, 'linearFromKept', 'x');
  requireShape(out, x.rows, weight.outputs, 'linearFromKept', 'out');
  return product(context, out, x, weight, residual, kept);
}

function product(
  context: KernelContext,
  out: DeviceMatrix,
  x: DeviceMatrix,
  weight: DeviceWeight,
  residual: DeviceMatrix | undefined,
  kept: DeviceSelection | undefined,
): Dispatch[] {
  if (residual !== undefined) requireShape(residual, x.rows, weight.outputs, 'linear', 'residual');
  const inPlace = residual?.buffer === out.buffer;
  // A buffer must not be bound as read-only and as writable at once; what is not used is bound to anything readable.
  const added = residual === undefined || inPlace ? x : residual;
  const add = residual === undefined ? ADD.nothing : inPlace ? ADD.out : ADD.residual;
  const { tile } = context;
  const masks = kept?.masks ?? 1;
  const rows = x.rows / masks;
  return weight.segments.map((segment) =>
    dispatch(kept === undefined ? linearKernel(context) : linearFromKeptKernel(context), {
      buffers: [x.buffer, segment.buffer, added.buffer, out.buffer, ...(kept === undefined ? [] : [kept.buffer])],
      parameters: {
        rows,
        inputs4: x.stride4,
        weightStride4: segment.paddedColumns / 4,
        outStride4: out.stride4,
        outColumn4: segment.firstColumn / 4,
        add,
        keptStride4: kept?.stride4 ?? 0,
      },
      grid: [Math.ceil(rows / tile.rows), segment.paddedColumns / tile.columns, masks],
    }),
  );
}
