import { invalidArgument } from '@bonsai/support';

/** Rows (masks x tokens) that go through a model together unless somebody wants it otherwise. */
export const ROWS_PER_CHUNK = 8192;

/**
 * Rows that one chunk may have: as many as asked for, unless a matrix would exceed what the device can hold.
 * @param most rows that the widest activation may have
 * @throws BonsaiError WINDOW_LENGTH if not even one window fits
 */
export function rowLimit(most: number, rowsPerChunk: number, windowLengths: readonly number[]): number {
  for (const [i, length] of windowLengths.entries()) {
    if (length <= most) continue;
    const message = `Window ${i} has ${length} tokens, but this device holds activations of ${most}; use a shorter context.`;
    throw invalidArgument('WINDOW_LENGTH', `windows[${i}]`, message);
  }
  return Math.min(rowsPerChunk, most);
}
