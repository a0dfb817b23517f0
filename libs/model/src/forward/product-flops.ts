import type { AttentionShape, Weight } from '@bonsai/ops';

/** Floating-point operations of products of rows with linear maps. */
export function mapFlops(rows: number, ...maps: readonly Weight[]): number {
  return maps.reduce((sum, map) => sum + 2 * rows * map.inputs * map.outputs * ('gated' in map ? 2 : 1), 0);
}

/** Those of causal attention: every query by every key before it, and the weights of these by their values. */
export function attentionFlops(
  rows: number,
  { windowLength, queryHeads, headDim }: Omit<AttentionShape, 'kvGroups'>,
): number {
  return 2 * rows * windowLength * queryHeads * headDim;
}
