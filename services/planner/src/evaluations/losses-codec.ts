import type { WindowLoss } from '@bonsai/pruning';

const BYTES_PER_WINDOW = 16;

/** Per window two 64-bit floats, little endian: NLL sum, token count. Exact: what is decoded has the bits that came. */
export function encodeLosses(losses: readonly WindowLoss[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(losses.length * BYTES_PER_WINDOW));
  for (const [window, { nllSum, tokenCount }] of losses.entries()) {
    bytes.setFloat64(window * BYTES_PER_WINDOW, nllSum, true);
    bytes.setFloat64(window * BYTES_PER_WINDOW + 8, tokenCount, true);
  }
  return new Uint8Array(bytes.buffer);
}

export function decodeLosses(blob: Uint8Array): WindowLoss[] {
  const bytes = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  return Array.from({ length: blob.byteLength / BYTES_PER_WINDOW }, (_, window) => ({
    nllSum: bytes.getFloat64(window * BYTES_PER_WINDOW, true),
    tokenCount: bytes.getFloat64(window * BYTES_PER_WINDOW + 8, true),
  }));
}
