/**
 * Chunks that are on the device together, in all ways that come up: as many as there are lanes, one after the other. The last
 * has the first beside it where another batch of masks follows.
 */
export function chunksAtOnce<Chunk>(chunks: readonly Chunk[], batches: number, lanes: 1 | 2): (readonly Chunk[])[] {
  const order = batches > 1 ? [...chunks, ...chunks] : chunks;
  const together = Math.min(lanes, order.length);
  return Array.from({ length: order.length - together + 1 }, (_, first) => order.slice(first, first + together));
}
