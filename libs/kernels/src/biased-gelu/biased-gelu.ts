import type { Dispatch } from '@bonsai/gpu';
import { requireSelection, requireShape } from '@bonsai/ops';
import type { DeviceMatrix, DeviceSelection } from '../device-storage.ts';
import { dispatch, flatGrid, type KernelShape } from '../kernel-context.ts';

const BIASED_GELU_FIELDS = { rows: 'u32', stride4: 'u32', rowsPerMask: 'u32', keptStride4: 'u32' } as const;

export const BIASED_GELU_KERNEL: KernelShape<typeof BIASED_GELU_FIELDS> = {
  variant: { op: 'biased-gelu' },
  directives: [],
  files: ['include/flat-index.wgsl', 'include/kept-elements.wgsl', 'biased-gelu/biased-gelu.wgsl'],
  bindings: ['read', 'read', 'read', 'write'],
  fields: BIASED_GELU_FIELDS,
};

export function biasedGelu(out: DeviceMatrix, x: DeviceMatrix, bias: DeviceMatrix, kept?: DeviceSelection): Dispatch[] {
  requireShape(out, x.rows, x.cols, 'biasedGelu', 'out');
  requireShape(bias, 1, x.cols, 'biasedGelu', 'bias');
  if (kept !== undefined) requireSelection(kept, x.rows, x.cols, 'biasedGelu');
  const { rows, stride4 } = x;
  return [
    dispatch(BIASED_GELU_KERNEL, {
      buffers: [x.buffer, bias.buffer, (kept ?? bias).buffer, out.buffer],
      parameters: { rows, stride4, rowsPerMask: rows / (kept?.masks ?? 1), keptStride4: kept?.stride4 ?? 0 },
      grid: flatGrid(rows * stride4),
    }),
  ];
}
