import type { Dispatch } from '@bonsai/gpu';
import { requireShape, requireThat } from '@bonsai/ops';
import type { DeviceMatrix } from '../device-storage.ts';
import { dispatch, flatGrid, type KernelShape } from '../kernel-context.ts';

const LAYER_NORM_FIELDS = {
  rows: 'u32',
  cols: 'u32',
  stride4: 'u32',
  outStride4: 'u32',
  epsilon: 'f32',
} as const;

export const LAYER_NORM_KERNEL: KernelShape<typeof LAYER_NORM_FIELDS> = {
  variant: { op: 'layer-norm' },
  directives: [],
  files: ['include/flat-index.wgsl', 'include/vec4.wgsl', 'layer-norm/layer-norm.wgsl'],
  bindings: ['read', 'read', 'read', 'write'],
  fields: LAYER_NORM_FIELDS,
};

export function layerNorm(
  out: DeviceMatrix,
  x: DeviceMatrix,
  gain: DeviceMatrix,
  bias: DeviceMatrix,
  epsilon: number,
): Dispatch[] {
  requireThat(out.cols >= x.cols, 'layerNorm', `out has ${out.cols} columns, x ${x.cols}`);
  requireShape(out, x.rows, out.cols, 'layerNorm', 'out');
  requireShape(gain, 1, out.cols, 'layerNorm', 'gain');
  requireShape(bias, 1, out.cols, 'layerNorm', 'bias');
  const { rows, cols, stride4 } = x;
  return [
    dispatch(LAYER_NORM_KERNEL, {
      buffers: [x.buffer, gain.buffer, bias.buffer, out.buffer],
      parameters: { rows, cols, stride4, outStride4: out.stride4, epsilon },
      grid: flatGrid(rows),
    }),
  ];
}
