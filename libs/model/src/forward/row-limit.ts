import { invalidArgument } from '@bonsai/support';
import type { DeviceWeights } from '../load/device-weights.ts';

/**
 * Rows that one chunk may have: as many as asked for, unless a matrix would exceed what the device can hold.
 * @throws BonsaiError WINDOW_LENGTH if not even one window fits
 */
export function rowLimit(
  weights: DeviceWeights,
  maxMatrixElements: number,
  rowsPerChunk: number,
  windows: readonly Uint32Array[],
): number {
  const most = Math.floor(maxMatrixElements / widestActivation(weights));
  for (const [i, { length }] of windows.entries()) {
    if (length <= most) continue;
    const message = `Window ${i} has ${length} tokens, but this device holds activations of ${most}; use a shorter context.`;
    throw invalidArgument('WINDOW_LENGTH', `windows[${i}]`, message);
  }
  return Math.min(rowsPerChunk, most);
}

function widestActivation({ embedding, layers }: DeviceWeights): number {
  const widths = layers.flatMap(({ attention, ffn }) => [attention?.qkv.outputs ?? 0, ffn?.neurons ?? 0]);
  return widths.reduce((widest, width) => Math.max(widest, width), embedding.inputs);
}
