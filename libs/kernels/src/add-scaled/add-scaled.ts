import type { Dispatch } from '@bonsai/gpu';
import { requireShape } from '@bonsai/ops';
import type { DeviceMatrix } from '../device-storage.ts';
import { dispatch, flatGrid, type KernelShape } from '../kernel-context.ts';

const ADD_SCALED_FIELDS = { length4: 'u32', factor: 'f32' } as const;

export const ADD_SCALED_KERNEL: KernelShape<typeof ADD_SCALED_FIELDS> = {
  variant: { op: 'add-scaled' },
  directives: [],
  files: ['include/flat-index.wgsl', 'add-scaled/add-scaled.wgsl'],
  bindings: ['read', 'write'],
  fields: ADD_SCALED_FIELDS,
};

export function addScaled(x: DeviceMatrix, y: DeviceMatrix, factor: number): Dispatch[] {
  requireShape(y, x.rows, x.cols, 'addScaled', 'y');
  const length4 = x.rows * x.stride4;
  return [
    dispatch(ADD_SCALED_KERNEL, {
      buffers: [y.buffer, x.buffer],
      parameters: { length4, factor },
      grid: flatGrid(length4),
    }),
  ];
}
