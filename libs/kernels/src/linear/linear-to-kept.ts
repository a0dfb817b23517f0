import type { Dispatch } from '@bonsai/gpu';
import { requireSelection, requireShape, requireThat } from '@bonsai/ops';
import type { DeviceMatrix, DeviceSelection, DeviceWeight } from '../device-storage.ts';
import { gemmFiles } from '../gemm-files.ts';
import { dispatch, type KernelContext, type KernelShape } from '../kernel-context.ts';

const LINEAR_TO_KEPT_FIELDS = {
  rows: 'u32',
  inputs4: 'u32',
  weightStride4: 'u32',
  outStride2: 'u32',
  keptStride4: 'u32',
  firstPair: 'u32',
  segmentPairs: 'u32',
} as const;

export function linearToKeptKernel(context: KernelContext): KernelShape<typeof LINEAR_TO_KEPT_FIELDS> {
  const { tiling, precision, tile } = context;
  return {
    variant: { op: 'linear-to-kept', tiling, precision, constants: tile.constants },
    ...gemmFiles(context, tile, 'kept-outputs', ['linear/linear-to-kept.wgsl', 'include/store-tile.wgsl']),
    bindings: ['read', 'read', 'read', 'write'],
    fields: LINEAR_TO_KEPT_FIELDS,
  };
}

export function linearToKept(
  context: KernelContext,
  out: DeviceMatrix,
  x: DeviceMatrix,
  weight: DeviceWeight,
  kept: DeviceSelection,
): Dispatch[] {
  requireThat(kept.unitWidth % 2 === 0, 'linearToKept', `units are ${kept.unitWidth} wide, which is odd`);
  requireSelection(kept, x.rows, weight.outputs, 'linearToKept');
  requireShape(x, x.rows, weight.inputs, 'linearToKept', 'x');
  requireShape(out, x.rows, weight.outputs, 'linearToKept', 'out');
  const { tile } = context;
  const rows = x.rows / kept.masks;
  const widest = kept.widest * kept.unitWidth;
  if (widest === 0) return [];
  return weight.segments.map((segment) =>
    dispatch(linearToKeptKernel(context), {
      buffers: [x.buffer, segment.buffer, kept.buffer, out.buffer],
      parameters: {
        rows,
        inputs4: x.stride4,
        weightStride4: segment.paddedColumns / 4,
        outStride2: 2 * out.stride4,
        keptStride4: kept.stride4,
        firstPair: segment.firstColumn / 2,
        segmentPairs: segment.paddedColumns / 2,
      },
      grid: [Math.ceil(rows / tile.rows), Math.ceil(widest / tile.columns), kept.masks],
    }),
  );
}
