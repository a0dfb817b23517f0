import { eachRow } from '@bonsai/ops';
import type { HostRows } from '@bonsai/ops';

/** What the priors need to know of the columns of an output projection W. */
export interface ColumnNorms {
  /** ||W_:j||^2 */
  readonly squares: Float64Array;
  /** mean_i |W_ij| */
  readonly meanAbs: Float64Array;
}

export async function columnNorms(source: HostRows): Promise<ColumnNorms> {
  const { rows, cols } = source;
  const squares = new Float64Array(cols);
  const meanAbs = new Float64Array(cols);
  for await (const row of eachRow(source)) {
    for (let c = 0; c < row.length; c++) {
      const value = row[c] as number;
      squares[c] = (squares[c] as number) + value * value;
      meanAbs[c] = (meanAbs[c] as number) + Math.abs(value) / rows;
    }
  }
  return { squares, meanAbs };
}
