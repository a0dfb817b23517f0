import type { DeviceWeight, WeightSegment } from '../device-storage.ts';

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

/**
 * Cuts the vocabulary so that the part of the head that a split walks through stays in cache while the row tiles pass.
 * Depends on the head and the tiling alone: the order of a row's sums must not depend on the number of rows.
 */
export function vocabularySplits(head: DeviceWeight, tileColumns: number, splitBytes: number): SegmentSplits[] {
  let firstSplit = 0;
  return head.segments.map((segment) => {
    const result = {
      segment,
      ...splitsOf(segment.paddedColumns, segment.buffer.byteLength, tileColumns, splitBytes),
      firstSplit,
    };
    firstSplit += result.splits;
    return result;
  });
}

/** How one segment of a head is cut. */
export function splitsOf(
  paddedColumns: number,
  byteLength: number,
  tileColumns: number,
  splitBytes: number,
): Pick<SegmentSplits, 'tiles' | 'tilesPerSplit' | 'splits'> {
  const tiles = paddedColumns / tileColumns;
  const cached = Math.min(tiles, Math.round(splitBytes / (byteLength / tiles)));
  const tilesPerSplit = Math.max(1, cached, Math.ceil(tiles / MAX_SPLITS));
  return { tiles, tilesPerSplit, splits: Math.ceil(tiles / tilesPerSplit) };
}
