import type { TokenWindow, WindowChunk } from '../gen/bonsai/v1/scoring.ts';
import { chunks } from './chunks.ts';

/** A varint takes at most 5 bytes for a token id. */
const MAX_TOKEN_BYTES = 5;

/** Windows of token ids as the chunks of a stream. */
export function* packWindows(windows: Iterable<Uint32Array>): Generator<WindowChunk> {
  for (const run of chunks(windows, (window) => MAX_TOKEN_BYTES * window.length)) {
    yield { windows: run.map((window) => ({ tokenIds: Array.from(window) })) };
  }
}

export function unpackWindow(window: TokenWindow): Uint32Array {
  return Uint32Array.from(window.tokenIds);
}
