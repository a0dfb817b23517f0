import type { Measurement, WindowLoss } from '@bonsai/pruning';

const NUMBERS: Readonly<Record<Measurement, number>> = { nll: 2, kl: 3 };
const BYTES = Float64Array.BYTES_PER_ELEMENT;

/**
 * Per window 64-bit floats, little endian: NLL sum, token count and, with measurement `kl`, KL sum. Exact: what is decoded has
 * the bits that came.
 */
export function encodeLosses(losses: readonly WindowLoss[], measurement: Measurement): Uint8Array {
  const numbers = NUMBERS[measurement];
  const bytes = new DataView(new ArrayBuffer(losses.length * numbers * BYTES));
  for (const [window, { nllSum, tokenCount, klSum = NaN }] of losses.entries()) {
    const values = [nllSum, tokenCount, klSum].slice(0, numbers);
    for (const [i, value] of values.entries()) bytes.setFloat64((window * numbers + i) * BYTES, value, true);
  }
  return new Uint8Array(bytes.buffer);
}

/** @throws RangeError if the blob does not hold whole windows of that measurement */
export function decodeLosses(blob: Uint8Array, measurement: Measurement): WindowLoss[] {
  const numbers = NUMBERS[measurement];
  const bytes = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  return Array.from({ length: Math.ceil(blob.byteLength / BYTES / numbers) }, (_, window) => {
    const at = (i: number): number => bytes.getFloat64((window * numbers + i) * BYTES, true);
    const loss = { nllSum: at(0), tokenCount: at(1) };
    return measurement === 'kl' ? { ...loss, klSum: at(2) } : loss;
  });
}
