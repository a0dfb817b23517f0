import type { Dispatch } from '@bonsai/gpu';
import { requireGramShapes, requireRowRange, requireThat } from '@bonsai/ops';
import type { RowRange } from '@bonsai/ops';
import type { DeviceMatrix } from '../device-storage.ts';
import { dispatch, type KernelContext, type KernelShape } from '../kernel-context.ts';
import { TILING_SHAPES, type Tiling } from '../tiling.ts';

const GRAM_FIELDS = {
  rows: 'u32',
  stride4: 'u32',
  sumStride4: 'u32',
  windowLength: 'u32',
  firstSumTile: 'u32',
  endSum: 'u32',
  aboveSums: 'u32',
  ownGram: 'u32',
} as const;

const GRAM_WORKGROUP_TILE = { rows: 64, columns: 64, files: ['gram/gram-tile-workgroup.wgsl'] };

/** Rows and columns of the result that one workgroup computes, and the files that define the tile. */
const GRAM_TILES: Readonly<Record<Tiling, { rows: number; columns: number; files: readonly string[] }>> = {
  'subgroup-4': { rows: 16, columns: 16, files: ['gram/gram-lanes-4.wgsl', 'gram/gram-tile-subgroup.wgsl'] },
  'subgroup-8': { rows: 16, columns: 32, files: ['gram/gram-lanes-8.wgsl', 'gram/gram-tile-subgroup.wgsl'] },
  workgroup: GRAM_WORKGROUP_TILE,
  matrix: GRAM_WORKGROUP_TILE,
};

export function gramKernel({ tiling }: KernelContext): KernelShape<typeof GRAM_FIELDS> {
  return {
    variant: { op: 'gram', tiling },
    directives: TILING_SHAPES[tiling].directives,
    files: [...GRAM_TILES[tiling].files, 'gram/gram.wgsl'],
    bindings: ['read', 'read', 'write'],
    fields: GRAM_FIELDS,
  };
}

export function gram(
  context: KernelContext,
  sums: DeviceMatrix,
  x: DeviceMatrix,
  y: DeviceMatrix,
  windowLength: number,
  { first, count }: RowRange = { first: 0, count: sums.rows },
  above = 0,
): Dispatch[] {
  requireGramShapes(sums, x, y, above, 'gram');
  requireThat(x.rows % windowLength === 0, 'gram', `${x.rows} rows in windows of ${windowLength}`);
  requireRowRange({ first, count }, sums.rows, 'gram');
  const tile = GRAM_TILES[context.tiling];
  const { rows, stride4 } = x;
  return [
    dispatch(gramKernel(context), {
      buffers: [x.buffer, y.buffer, sums.buffer],
      parameters: {
        rows,
        stride4,
        sumStride4: sums.stride4,
        windowLength,
        firstSumTile: (above + first) / tile.rows,
        endSum: above + first + count,
        aboveSums: above,
        ownGram: x === y ? 1 : 0,
      },
      grid: [Math.ceil(count / tile.rows), Math.ceil(y.cols / tile.columns), 1],
    }),
  ];
}
