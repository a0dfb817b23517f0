import type { HostMatrix } from '../backend.ts';
import { requireThat, requireShape } from '../op-shapes.ts';

/** out[r] = table[tokens[r mod tokens.length]] */
export function embed(out: HostMatrix, table: HostMatrix, tokens: Uint32Array): void {
  requireThat(out.rows % tokens.length === 0, 'embed', `${out.rows} rows repeat ${tokens.length} tokens`);
  requireShape(out, out.rows, table.cols, 'embed', 'out');
  for (let r = 0; r < out.rows; r++) {
    const token = tokens[r % tokens.length] as number;
    requireThat(token < table.rows, 'embed', `token ${token} of ${table.rows}`);
    out.data.set(table.data.subarray(token * table.cols, (token + 1) * table.cols), r * out.cols);
  }
}
