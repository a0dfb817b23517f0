import type { HostMatrix } from '../backend.ts';
import { requireShape, requireThat } from '../op-shapes.ts';
import { dotProduct } from './dot-product.ts';

/** out[r][j] = x[r] . head[tokens[(r mod tokenRows) * out.cols + j]], tokens being [tokenRows, out.cols] */
export function gatheredLogits(out: HostMatrix, x: HostMatrix, head: HostMatrix, tokens: Uint32Array): void {
  const op = 'gatheredLogits';
  requireShape(x, x.rows, head.cols, op, 'x');
  requireShape(out, x.rows, out.cols, op, 'out');
  const repeats = (x.rows * out.cols) / tokens.length;
  requireThat(Number.isInteger(repeats), op, `${x.rows} rows of ${out.cols} repeat ${tokens.length} tokens`);
  requireThat(tokens.length % out.cols === 0, op, `${tokens.length} tokens, ${out.cols} per row`);
  for (let r = 0; r < out.rows; r++) {
    for (let j = 0; j < out.cols; j++) {
      const token = tokens[(r * out.cols + j) % tokens.length] as number;
      requireThat(token < head.rows, op, `token ${token} of ${head.rows}`);
      out.data[r * out.cols + j] = dotProduct(x, r, head, token);
    }
  }
}
