import type { HostMatrix } from '../backend.ts';
import { requireShape, requireThat } from '../op-shapes.ts';

/** Block i of `out` is block sources[i] of `x`. */
export function copyBlocks(out: HostMatrix, x: HostMatrix, sources: Uint32Array): void {
  const rows = out.rows / sources.length;
  requireThat(Number.isInteger(rows), 'copyBlocks', `${out.rows} rows in ${sources.length} blocks`);
  requireThat(x.rows % rows === 0, 'copyBlocks', `${x.rows} rows in blocks of ${rows}`);
  requireShape(out, out.rows, x.cols, 'copyBlocks', 'out');
  const length = rows * x.cols;
  for (const [i, source] of sources.entries()) {
    requireThat((source + 1) * rows <= x.rows, 'copyBlocks', `block ${source} of ${x.rows / rows}`);
    out.data.set(x.data.subarray(source * length, (source + 1) * length), i * length);
  }
}
