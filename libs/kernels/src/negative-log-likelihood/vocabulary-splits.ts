import type { DeviceWeight, WeightSegment } from '../device-storage.ts';
import type { KernelContext } from '../kernel-context.ts';
import { TILING_SHAPES } from '../tiling.ts';

/** What the cut of a vocabulary depends on. */
export type SplitScheme = Pick<KernelContext, 'tiling' | 'headTile'>;

/** A segment of the head, cut into splits of whole column tiles. */
export interface SegmentSplits {
  readonly segment: WeightSegment;
  readonly tiles: number;
  readonly tilesPerSplit: number;
  readonly splits: number;
  /** Number of splits in the segments before. */
  readonly firstSplit: number;
}

/** Bounds the partial results, of which there is a pair per row and split. */
const MAX_SPLITS = 256;
const QUAD_BYTES = 4 * Float32Array.BYTES_PER_ELEMENT;

/**
 * Column tiles that a split walks through: so many that they stay in cache while the row tiles pass. Depends on the size
 * of the head and the tiling alone, since the order of a row's sums does on it: not on the number of rows, nor on the
 * number format, nor on the segments that the head is in.
 */
export function splitTiles({ tiling, headTile }: SplitScheme, inputs: number, outputs: number): number {
  const tiles = Math.ceil(outputs / headTile.columns);
  const tileBytes = QUAD_BYTES * Math.ceil(inputs / 4) * headTile.columns;
  const cached = Math.min(tiles, Math.round(TILING_SHAPES[tiling].splitBytes / tileBytes));
  return Math.max(1, cached, Math.ceil(tiles / MAX_SPLITS));
}

/** Splits never reach over the end of a segment: see planSegments. */
export function vocabularySplits(scheme: SplitScheme, head: DeviceWeight): SegmentSplits[] {
  const tilesPerSplit = splitTiles(scheme, head.inputs, head.outputs);
  let firstSplit = 0;
  return head.segments.map((segment) => {
    const tiles = segment.paddedColumns / scheme.headTile.columns;
    const splits = Math.ceil(tiles / tilesPerSplit);
    const result = { segment, tiles, tilesPerSplit, splits, firstSplit };
    firstSplit += splits;
    return result;
  });
}
