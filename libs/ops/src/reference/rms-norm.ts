import type { HostMatrix } from '../backend.ts';
import { requireShape } from '../op-shapes.ts';
import { dotProduct } from './dot-product.ts';

/** out[r] = x[r] / sqrt(mean(x[r]^2) + epsilon) * gain */
export function rmsNorm(out: HostMatrix, x: HostMatrix, gain: HostMatrix, epsilon: number): void {
  requireShape(out, x.rows, x.cols, 'rmsNorm', 'out');
  requireShape(gain, 1, x.cols, 'rmsNorm', 'gain');
  for (let r = 0; r < x.rows; r++) {
    const scale = 1 / Math.sqrt(dotProduct(x, r, x, r) / x.cols + epsilon);
    for (let c = 0; c < x.cols; c++) {
      out.data[r * x.cols + c] = (x.data[r * x.cols + c] as number) * scale * (gain.data[c] as number);
    }
  }
}
