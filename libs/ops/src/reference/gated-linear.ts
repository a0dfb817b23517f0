import type { HostMatrix } from '../backend.ts';
import { requireShape } from '../op-shapes.ts';
import { dotProduct } from './dot-product.ts';

export interface GatedValues {
  readonly gate: HostMatrix;
  readonly up: HostMatrix;
}

/** out = silu(x Wg^T) * (x Wu^T) */
export function gatedLinear(out: HostMatrix, x: HostMatrix, weight: GatedValues): void {
  const { gate } = weight;
  requireShape(x, x.rows, gate.cols, 'gatedLinear', 'x');
  requireShape(out, x.rows, gate.rows, 'gatedLinear', 'out');
  for (let r = 0; r < x.rows; r++) {
    for (let o = 0; o < gate.rows; o++) out.data[r * gate.rows + o] = gatedProduct(x, r, weight, o);
  }
}

/** Output o of row r. */
export function gatedProduct(x: HostMatrix, r: number, { gate, up }: GatedValues, o: number): number {
  return silu(dotProduct(x, r, gate, o)) * dotProduct(x, r, up, o);
}

function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}
