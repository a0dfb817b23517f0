import type { Dispatch } from '@bonsai/gpu';
import { requireShape } from '@bonsai/ops';
import type { DeviceMatrix } from '../device-storage.ts';
import { dispatch, flatGrid, type KernelShape } from '../kernel-context.ts';

const ROW_COSINES_FIELDS = { rows: 'u32', stride4: 'u32' } as const;

export const ROW_COSINES_KERNEL: KernelShape<typeof ROW_COSINES_FIELDS> = {
  variant: { op: 'row-cosines' },
  directives: [],
  files: ['include/flat-index.wgsl', 'include/vec4.wgsl', 'row-cosines/row-cosines.wgsl'],
  bindings: ['read', 'read', 'write'],
  fields: ROW_COSINES_FIELDS,
};

export function rowCosines(out: DeviceMatrix, x: DeviceMatrix, y: DeviceMatrix): Dispatch[] {
  requireShape(y, x.rows, x.cols, 'rowCosines', 'y');
  requireShape(out, x.rows, 1, 'rowCosines', 'out');
  return [
    dispatch(ROW_COSINES_KERNEL, {
      buffers: [x.buffer, y.buffer, out.buffer],
      parameters: { rows: x.rows, stride4: x.stride4 },
      grid: flatGrid(x.rows),
    }),
  ];
}
