import { NO_TARGET } from '../backend.ts';
import type { HostMatrix, RowRange } from '../backend.ts';
import { requireRowRange, requireShape, requireThat } from '../op-shapes.ts';
import { dotProduct } from './dot-product.ts';

/** out[r] = log(sum_v exp(z_v)) - z_target with z = x[r] W^T; 0 for NO_TARGET */
export function negativeLogLikelihood(
  out: HostMatrix,
  x: HostMatrix,
  head: HostMatrix,
  targets: Uint32Array,
  range: RowRange = { first: 0, count: x.rows },
): void {
  const op = 'negativeLogLikelihood';
  requireShape(x, x.rows, head.cols, op, 'x');
  requireShape(out, x.rows, 1, op, 'out');
  requireThat(x.rows % targets.length === 0, op, `${x.rows} rows repeat ${targets.length} targets`);
  requireRowRange(range, x.rows, op);
  const logits = new Float64Array(head.rows);
  for (let r = range.first; r < range.first + range.count; r++) {
    const target = targets[r % targets.length] as number;
    requireThat(target < head.rows || target === NO_TARGET, op, `target ${target} of ${head.rows}`);
    if (target === NO_TARGET) {
      out.data[r] = 0;
      continue;
    }
    for (let v = 0; v < head.rows; v++) logits[v] = dotProduct(x, r, head, v);
    out.data[r] = logSumExp(logits) - (logits[target] as number);
  }
}

function logSumExp(values: Float64Array): number {
  const largest = values.reduce((a, b) => Math.max(a, b));
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}
