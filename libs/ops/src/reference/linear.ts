import type { HostMatrix } from '../backend.ts';
import { requireShape } from '../op-shapes.ts';
import { dotProduct } from './dot-product.ts';

/** out = x W^T, plus the residual if given; the residual may be `out` itself, `x` may not. */
export function linear(out: HostMatrix, x: HostMatrix, weight: HostMatrix, residual?: HostMatrix): void {
  requireShape(x, x.rows, weight.cols, 'linear', 'x');
  requireShape(out, x.rows, weight.rows, 'linear', 'out');
  if (residual !== undefined) requireShape(residual, x.rows, weight.rows, 'linear', 'residual');
  for (let r = 0; r < x.rows; r++) {
    for (let o = 0; o < weight.rows; o++) {
      const at = r * weight.rows + o;
      out.data[at] = dotProduct(x, r, weight, o) + (residual === undefined ? 0 : (residual.data[at] as number));
    }
  }
}
