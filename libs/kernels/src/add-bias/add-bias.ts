import type { Dispatch } from '@bonsai/gpu';
import { requireSelection, requireShape } from '@bonsai/ops';
import type { DeviceMatrix, DeviceSelection } from '../device-storage.ts';
import { dispatch, flatGrid, type KernelShape } from '../kernel-context.ts';

const ADD_BIAS_FIELDS = { rows: 'u32', stride4: 'u32', rowsPerMask: 'u32', keptStride4: 'u32' } as const;

export const ADD_BIAS_KERNEL: KernelShape<typeof ADD_BIAS_FIELDS> = {
  variant: { op: 'add-bias' },
  directives: [],
  files: ['include/flat-index.wgsl', 'include/kept-elements.wgsl', 'add-bias/add-bias.wgsl'],
  bindings: ['read', 'read', 'write'],
  fields: ADD_BIAS_FIELDS,
};

export function addBias(x: DeviceMatrix, bias: DeviceMatrix, kept?: DeviceSelection): Dispatch[] {
  requireShape(bias, 1, x.cols, 'addBias', 'bias');
  if (kept !== undefined) requireSelection(kept, x.rows, x.cols, 'addBias');
  const { rows, stride4 } = x;
  return [
    dispatch(ADD_BIAS_KERNEL, {
      buffers: [bias.buffer, (kept ?? bias).buffer, x.buffer],
      parameters: {
        rows,
        stride4,
        rowsPerMask: rows / (kept?.masks ?? 1),
        keptStride4: kept?.stride4 ?? 0,
      },
      grid: flatGrid(rows * stride4),
    }),
  ];
}
