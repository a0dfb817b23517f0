import type { Dispatch } from '@bonsai/gpu';
import { requireShape, requireThat } from '@bonsai/ops';
import type { DeviceMatrix } from '../device-storage.ts';
import { dispatch, flatGrid, type KernelShape } from '../kernel-context.ts';

const COLUMN_SUMS_FIELDS = { rows: 'u32', stride4: 'u32', windowLength: 'u32' } as const;

export const COLUMN_SUMS_KERNEL: KernelShape<typeof COLUMN_SUMS_FIELDS> = {
  variant: { op: 'column-sums' },
  directives: [],
  files: ['include/flat-index.wgsl', 'column-sums/column-sums.wgsl'],
  bindings: ['read', 'write'],
  fields: COLUMN_SUMS_FIELDS,
};

export function columnSums(sums: DeviceMatrix, x: DeviceMatrix, windowLength: number): Dispatch[] {
  requireShape(sums, 3, x.cols, 'columnSums', 'sums');
  requireThat(x.rows % windowLength === 0, 'columnSums', `${x.rows} rows in windows of ${windowLength}`);
  return [
    dispatch(COLUMN_SUMS_KERNEL, {
      buffers: [x.buffer, sums.buffer],
      parameters: { rows: x.rows, stride4: x.stride4, windowLength },
      grid: flatGrid(x.stride4),
    }),
  ];
}
