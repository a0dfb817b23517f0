/** Payload of one message of a stream: far below gRPC's 4 MiB limit, and large enough that framing costs nothing. */
export const CHUNK_BYTES = 512 * 1024;

/** Splits items, in order, into runs of at most `limit` bytes; an item larger than that gets a run of its own. */
export function* chunks<T>(items: Iterable<T>, byteLength: (item: T) => number, limit = CHUNK_BYTES): Generator<T[]> {
  let run: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = byteLength(item);
    if (run.length > 0 && bytes + size > limit) {
      yield run;
      run = [];
      bytes = 0;
    }
    run.push(item);
    bytes += size;
  }
  if (run.length > 0) yield run;
}
