import type { HostMatrix } from '../backend.ts';
import { dotProduct } from './dot-product.ts';
import { factorOf, requireFactors, requireShape } from './shapes.ts';

/** out = silu(x Wg^T) * (x Wu^T) * factor of the row's mask */
export function gatedLinear(
  out: HostMatrix,
  x: HostMatrix,
  weight: { readonly gate: HostMatrix; readonly up: HostMatrix },
  factors?: HostMatrix,
): void {
  const { gate, up } = weight;
  requireShape(x, x.rows, gate.cols, 'gatedLinear', 'x');
  requireShape(out, x.rows, gate.rows, 'gatedLinear', 'out');
  requireFactors(factors, x.rows, gate.rows, 'gatedLinear');
  for (let r = 0; r < x.rows; r++) {
    for (let o = 0; o < gate.rows; o++) {
      const value = silu(dotProduct(x, r, gate, o)) * dotProduct(x, r, up, o);
      out.data[r * gate.rows + o] = value * factorOf(factors, r, x.rows, o);
    }
  }
}

function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}
