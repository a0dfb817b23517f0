import type { HostMatrix } from '../backend.ts';
import { requireSelection, requireShape, requireThat } from '../op-shapes.ts';
import { dotProduct } from './dot-product.ts';
import { gatedProduct } from './gated-linear.ts';
import type { GatedValues } from './gated-linear.ts';
import type { ReferenceSelection } from './storage.ts';

/** Column i of a row of `out` is output i of those that the row's mask keeps; what follows stays as it is. */
export function linearToKept(out: HostMatrix, x: HostMatrix, weight: HostMatrix, kept: ReferenceSelection): void {
  requireThat(kept.unitWidth % 2 === 0, 'linearToKept', `units are ${kept.unitWidth} wide, which is odd`);
  requireShape(x, x.rows, weight.cols, 'linearToKept', 'x');
  requireSelection(kept, x.rows, weight.rows, 'linearToKept');
  fillCompact(out, x.rows, kept, 'linearToKept', (r, o) => dotProduct(x, r, weight, o));
}

/** As linearToKept, of silu(x Wg^T) * (x Wu^T). */
export function gatedLinearToKept(out: HostMatrix, x: HostMatrix, weight: GatedValues, kept: ReferenceSelection): void {
  requireThat(kept.unitWidth === 1, 'gatedLinearToKept', `units are ${kept.unitWidth} wide, not 1`);
  requireShape(x, x.rows, weight.gate.cols, 'gatedLinearToKept', 'x');
  requireSelection(kept, x.rows, weight.gate.rows, 'gatedLinearToKept');
  fillCompact(out, x.rows, kept, 'gatedLinearToKept', (r, o) => gatedProduct(x, r, weight, o));
}

/** out = x W^T, plus the residual if given, over the inputs that the row's mask keeps; column i of `x` is the i-th of them. */
export function linearFromKept(
  out: HostMatrix,
  x: HostMatrix,
  weight: HostMatrix,
  kept: ReferenceSelection,
  residual?: HostMatrix,
): void {
  requireSelection(kept, x.rows, weight.cols, 'linearFromKept');
  requireShape(x, x.rows, weight.cols, 'linearFromKept', 'x');
  requireShape(out, x.rows, weight.rows, 'linearFromKept', 'out');
  if (residual !== undefined) requireShape(residual, x.rows, weight.rows, 'linearFromKept', 'residual');
  for (let r = 0; r < x.rows; r++) {
    const inputs = kept.columnsOfRow(r, x.rows);
    for (let o = 0; o < weight.rows; o++) {
      let sum = 0;
      for (const [i, input] of inputs.entries()) {
        sum += (x.data[r * x.cols + i] as number) * (weight.data[o * weight.cols + input] as number);
      }
      const at = r * weight.rows + o;
      out.data[at] = sum + (residual === undefined ? 0 : (residual.data[at] as number));
    }
  }
}

function fillCompact(
  out: HostMatrix,
  rows: number,
  kept: ReferenceSelection,
  op: string,
  valueOf: (row: number, output: number) => number,
): void {
  requireShape(out, rows, kept.units * kept.unitWidth, op, 'out');
  for (let r = 0; r < rows; r++) {
    for (const [i, output] of kept.columnsOfRow(r, rows).entries()) out.data[r * out.cols + i] = valueOf(r, output);
  }
}
