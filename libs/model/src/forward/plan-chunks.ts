/** Windows of one length that go through the model together. */
export interface WindowChunk {
  readonly windowLength: number;
  /** Indices of windows. */
  readonly windows: readonly number[];
}

export interface ChunkPlan {
  /** Masks that go through the model together. */
  readonly masksPerBatch: number;
  /** Every window once. */
  readonly chunks: readonly WindowChunk[];
}

/**
 * Most masks that go together. However short the windows are, a mask takes 4 bytes per neuron and column of a head, of all layers:
 * 3 MiB for an 8B model. More masks would hardly make the reading of weights cheaper for each.
 */
export const MASKS_PER_BATCH = 128;

/**
 * Divides masks x windows so that no chunk has more than `maxRows` rows (one row per mask and token), except that one
 * window with one mask is never divided. As many masks as possible go together, since they share the reading of weights.
 */
export function planChunks(windowLengths: readonly number[], maskCount: number, maxRows: number): ChunkPlan {
  const tokens = windowLengths.reduce((sum, length) => sum + length, 0);
  const most = Math.max(1, Math.min(maskCount, MASKS_PER_BATCH, Math.floor(maxRows / Math.max(1, tokens))));
  const masksPerBatch = evenShare(maskCount, most);
  const chunks: WindowChunk[] = [];
  for (const [windowLength, windows] of byLength(windowLengths)) {
    const mostWindows = Math.max(1, Math.floor(maxRows / (masksPerBatch * windowLength)));
    const size = evenShare(windows.length, mostWindows);
    for (let at = 0; at < windows.length; at += size) {
      chunks.push({ windowLength, windows: windows.slice(at, at + size) });
    }
  }
  return { masksPerBatch, chunks };
}

/** Indices of the windows of every length, the shortest first. */
function byLength(windowLengths: readonly number[]): [number, number[]][] {
  const windows = new Map<number, number[]>();
  for (const [i, length] of windowLengths.entries()) {
    const alike = windows.get(length);
    if (alike === undefined) windows.set(length, [i]);
    else alike.push(i);
  }
  return [...windows].sort(([a], [b]) => a - b);
}

/** Size of portions of at most `most`, as equal as possible: 9 by at most 8 goes as 5 and 4. */
function evenShare(count: number, most: number): number {
  return Math.max(1, Math.ceil(count / Math.max(1, Math.ceil(count / most))));
}
