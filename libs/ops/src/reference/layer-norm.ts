import type { HostMatrix } from '../backend.ts';
import { requireShape, requireThat } from '../op-shapes.ts';

/** out[r] = (x[r] - mean) / sqrt(variance + epsilon) * gain + bias; columns beyond those of x are the bias alone. */
export function layerNorm(out: HostMatrix, x: HostMatrix, gain: HostMatrix, bias: HostMatrix, epsilon: number): void {
  requireThat(out.cols >= x.cols, 'layerNorm', `out has ${out.cols} columns, x ${x.cols}`);
  requireShape(out, x.rows, out.cols, 'layerNorm', 'out');
  requireShape(gain, 1, out.cols, 'layerNorm', 'gain');
  requireShape(bias, 1, out.cols, 'layerNorm', 'bias');
  for (let r = 0; r < x.rows; r++) {
    const row = Float64Array.from(x.data.subarray(r * x.cols, (r + 1) * x.cols));
    const mean = row.reduce((sum, value) => sum + value, 0) / x.cols;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.cols;
    const scale = 1 / Math.sqrt(variance + epsilon);
    for (let c = 0; c < out.cols; c++) {
      const normal = c < x.cols ? ((row[c] as number) - mean) * scale : 0;
      out.data[r * out.cols + c] = normal * (gain.data[c] as number) + (bias.data[c] as number);
    }
  }
}
