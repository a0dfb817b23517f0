import type { Dispatch } from '@bonsai/gpu';
import { requireShape } from '@bonsai/ops';
import type { DeviceMatrix } from '../device-storage.ts';
import { dispatch, flatGrid, type KernelShape } from '../kernel-context.ts';

const RMS_NORM_FIELDS = { rows: 'u32', cols: 'u32', stride4: 'u32', epsilon: 'f32' } as const;

export const RMS_NORM_KERNEL: KernelShape<typeof RMS_NORM_FIELDS> = {
  variant: { op: 'rms-norm' },
  directives: [],
  files: ['include/flat-index.wgsl', 'include/vec4.wgsl', 'rms-norm/rms-norm.wgsl'],
  bindings: ['read', 'read', 'write'],
  fields: RMS_NORM_FIELDS,
};

export function rmsNorm(out: DeviceMatrix, x: DeviceMatrix, gain: DeviceMatrix, epsilon: number): Dispatch[] {
  requireShape(out, x.rows, x.cols, 'rmsNorm', 'out');
  requireShape(gain, 1, x.cols, 'rmsNorm', 'gain');
  const { rows, cols, stride4 } = x;
  return [
    dispatch(RMS_NORM_KERNEL, {
      buffers: [x.buffer, gain.buffer, out.buffer],
      parameters: { rows, cols, stride4, epsilon },
      grid: flatGrid(rows),
    }),
  ];
}
