import type { Matrix, Weight } from '@bonsai/ops';

/** Floating-point operations of products of rows with linear maps, which dwarf the rest of a pass. */
export function mapFlops(rows: number, ...maps: readonly Weight[]): number {
  return maps.reduce((sum, map) => sum + 2 * rows * map.inputs * map.outputs * ('gated' in map ? 2 : 1), 0);
}

/** Floating-point operations of adding to sums, a product per row of x for each of them. */
export function gramFlops(sums: Matrix, x: Matrix): number {
  return 2 * x.rows * sums.rows * sums.cols;
}
