import type { Dispatch, GpuBuffer } from '@bonsai/gpu';
import { requireRowRange, requireShape, requireThat } from '@bonsai/ops';
import type { RowRange } from '@bonsai/ops';
import type { DeviceIndices, DeviceMatrix, DeviceWeight } from '../device-storage.ts';
import { gemmFiles } from '../gemm-files.ts';
import { dispatch, flatGrid, type KernelContext, type KernelShape } from '../kernel-context.ts';
import { operandSharing } from '../tiling.ts';
import { vocabularySplits } from './vocabulary-splits.ts';
import type { SegmentSplits } from './vocabulary-splits.ts';

const SPLIT_FIELDS = {
  rows: 'u32',
  inputs4: 'u32',
  weightStride4: 'u32',
  firstToken: 'u32',
  tokens: 'u32',
  tilesPerSplit: 'u32',
  columnsPerSplit: 'u32',
  tiles: 'u32',
  targetCount: 'u32',
  splits: 'u32',
  firstSplit: 'u32',
  firstRow: 'u32',
  firstRowTile: 'u32',
} as const;

const MERGE_FIELDS = { firstRow: 'u32', endRow: 'u32', splits: 'u32', targetCount: 'u32' } as const;

const PARTIAL_BYTES = 8;
const LOGIT_BYTES = 4;

/** Bytes of the partial results per split, and of the targets' logits. */
export function scratchBytes(rows: number, splits: number): { partials: number; targetLogits: number } {
  return { partials: PARTIAL_BYTES * rows * splits, targetLogits: LOGIT_BYTES * rows };
}

export function splitKernel(context: KernelContext): KernelShape<typeof SPLIT_FIELDS> {
  const { tiling, precision, headTile } = context;
  const { directives, files } = gemmFiles(context, headTile, 'all', ['negative-log-likelihood/vocabulary-split.wgsl']);
  return {
    variant: { op: 'vocabulary-split', tiling, precision, constants: headTile.constants },
    directives,
    files: [...files, `negative-log-likelihood/lane-states-${operandSharing(tiling)}.wgsl`],
    bindings: ['read', 'read', 'read', 'write', 'write'],
    fields: SPLIT_FIELDS,
  };
}

export const MERGE_KERNEL: KernelShape<typeof MERGE_FIELDS> = {
  variant: { op: 'merge-splits' },
  directives: [],
  files: ['include/flat-index.wgsl', 'negative-log-likelihood/merge-splits.wgsl'],
  bindings: ['read', 'read', 'read', 'write'],
  fields: MERGE_FIELDS,
};

interface LossOperands {
  readonly out: DeviceMatrix;
  readonly x: DeviceMatrix;
  readonly head: DeviceWeight;
  readonly targets: DeviceIndices;
}

/** `scratch` gives storage that lives until the dispatches are queued. */
export function negativeLogLikelihood(
  context: KernelContext,
  scratch: (byteLength: number) => GpuBuffer,
  { out, x, head, targets }: LossOperands,
  range: RowRange = { first: 0, count: x.rows },
): Dispatch[] {
  requireShape(x, x.rows, head.inputs, 'negativeLogLikelihood', 'x');
  requireShape(out, x.rows, 1, 'negativeLogLikelihood', 'out');
  requireThat(x.rows % targets.length === 0, 'negativeLogLikelihood', `${x.rows} rows, ${targets.length} targets`);
  requireRowRange(range, x.rows, 'negativeLogLikelihood');
  const segments = vocabularySplits(context, head);
  const splits = segments.reduce((sum, segment) => sum + segment.splits, 0);
  const bytes = scratchBytes(range.count, splits);
  const walk = {
    x,
    range,
    targets,
    splits,
    partials: scratch(bytes.partials),
    targetLogits: scratch(bytes.targetLogits),
  };
  const merge = dispatch(MERGE_KERNEL, {
    buffers: [walk.partials, walk.targetLogits, targets.buffer, out.buffer],
    parameters: { firstRow: range.first, endRow: endOf(range), splits, targetCount: targets.length },
    grid: flatGrid(range.count),
  });
  return [...segments.map((segment) => walkSegment(context, walk, segment)), merge];
}

const endOf = ({ first, count }: RowRange): number => first + count;

/** What walks through all segments of a head have in common. */
interface HeadWalk {
  readonly x: DeviceMatrix;
  readonly range: RowRange;
  readonly targets: DeviceIndices;
  /** Of all segments. */
  readonly splits: number;
  readonly partials: GpuBuffer;
  readonly targetLogits: GpuBuffer;
}

function walkSegment(
  context: KernelContext,
  { x, range, targets, splits, partials, targetLogits }: HeadWalk,
  { segment, tiles, tilesPerSplit, splits: segmentSplits, firstSplit }: SegmentSplits,
): Dispatch {
  const { rows, columns } = context.headTile;
  return dispatch(splitKernel(context), {
    buffers: [x.buffer, segment.buffer, targets.buffer, partials, targetLogits],
    parameters: {
      rows: endOf(range),
      inputs4: x.stride4,
      weightStride4: segment.paddedColumns / 4,
      firstToken: segment.firstColumn,
      tokens: segment.columns,
      tilesPerSplit,
      columnsPerSplit: tilesPerSplit * columns,
      tiles,
      targetCount: targets.length,
      splits,
      firstSplit,
      firstRow: range.first,
      firstRowTile: range.first / rows,
    },
    grid: [Math.ceil(range.count / rows), segmentSplits, 1],
  });
}
