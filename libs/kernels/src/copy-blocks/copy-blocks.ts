import type { Dispatch } from '@bonsai/gpu';
import { requireShape, requireThat } from '@bonsai/ops';
import type { DeviceIndices, DeviceMatrix } from '../device-storage.ts';
import { dispatch, flatGrid, type KernelShape } from '../kernel-context.ts';

const COPY_BLOCKS_FIELDS = { block4: 'u32', length4: 'u32' } as const;

export const COPY_BLOCKS_KERNEL: KernelShape<typeof COPY_BLOCKS_FIELDS> = {
  variant: { op: 'copy-blocks' },
  directives: [],
  files: ['include/flat-index.wgsl', 'copy-blocks/copy-blocks.wgsl'],
  bindings: ['read', 'read', 'write'],
  fields: COPY_BLOCKS_FIELDS,
};

export function copyBlocks(out: DeviceMatrix, x: DeviceMatrix, sources: DeviceIndices): Dispatch[] {
  const rows = out.rows / sources.length;
  requireThat(Number.isInteger(rows), 'copyBlocks', `${out.rows} rows in ${sources.length} blocks`);
  requireThat(x.rows % rows === 0, 'copyBlocks', `${x.rows} rows in blocks of ${rows}`);
  requireShape(out, out.rows, x.cols, 'copyBlocks', 'out');
  const length4 = out.rows * out.stride4;
  return [
    dispatch(COPY_BLOCKS_KERNEL, {
      buffers: [x.buffer, sources.buffer, out.buffer],
      parameters: { block4: rows * x.stride4, length4 },
      grid: flatGrid(length4),
    }),
  ];
}
