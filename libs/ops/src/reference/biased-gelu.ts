import type { HostMatrix } from '../backend.ts';
import { requireSelection, requireShape } from '../op-shapes.ts';
import type { ReferenceSelection } from './storage.ts';

/** out = gelu(x + bias); with a selection, column i of a row of `out` is the i-th of those that the row's mask keeps. */
export function biasedGelu(out: HostMatrix, x: HostMatrix, bias: HostMatrix, kept?: ReferenceSelection): void {
  requireShape(out, x.rows, x.cols, 'biasedGelu', 'out');
  requireShape(bias, 1, x.cols, 'biasedGelu', 'bias');
  if (kept !== undefined) requireSelection(kept, x.rows, x.cols, 'biasedGelu');
  for (let r = 0; r < x.rows; r++) {
    const columns = kept?.columnsOfRow(r, x.rows) ?? Array.from(bias.data.keys());
    for (const [i, column] of columns.entries()) {
      out.data[r * x.cols + i] = gelu((x.data[r * x.cols + column] as number) + (bias.data[column] as number));
    }
  }
}

/** By the hyperbolic tangent (Hendrycks and Gimpel 2016). */
function gelu(z: number): number {
  return (z / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)));
}
