import type { HostMatrix } from '../backend.ts';
import { requireSelection, requireShape } from '../op-shapes.ts';
import type { ReferenceSelection } from './storage.ts';

/** x[r] += bias, in place; with a selection, column i of a row of `x` is the i-th of those that the row's mask keeps. */
export function addBias(x: HostMatrix, bias: HostMatrix, kept?: ReferenceSelection): void {
  requireShape(bias, 1, x.cols, 'addBias', 'bias');
  if (kept !== undefined) requireSelection(kept, x.rows, x.cols, 'addBias');
  for (let r = 0; r < x.rows; r++) {
    const columns = kept?.columnsOfRow(r, x.rows) ?? Array.from(bias.data.keys());
    for (const [i, column] of columns.entries()) {
      const at = r * x.cols + i;
      x.data[at] = (x.data[at] as number) + (bias.data[column] as number);
    }
  }
}
