import type { Weight } from '@bonsai/ops';

/** Floating-point operations of products of rows with linear maps, most of a pass unless its windows are very long. */
export function mapFlops(rows: number, ...maps: readonly Weight[]): number {
  return maps.reduce((sum, map) => sum + 2 * rows * map.inputs * map.outputs * ('gated' in map ? 2 : 1), 0);
}
