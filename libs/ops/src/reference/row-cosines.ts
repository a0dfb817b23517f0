import type { HostMatrix } from '../backend.ts';
import { requireShape } from '../op-shapes.ts';
import { dotProduct } from './dot-product.ts';

/** out[r] = x[r] . y[r] / (|x[r]| |y[r]|); 0 where either is zero. */
export function rowCosines(out: HostMatrix, x: HostMatrix, y: HostMatrix): void {
  requireShape(y, x.rows, x.cols, 'rowCosines', 'y');
  requireShape(out, x.rows, 1, 'rowCosines', 'out');
  for (let r = 0; r < x.rows; r++) {
    const norms = Math.sqrt(dotProduct(x, r, x, r)) * Math.sqrt(dotProduct(y, r, y, r));
    out.data[r] = norms > 0 ? dotProduct(x, r, y, r) / norms : 0;
  }
}
