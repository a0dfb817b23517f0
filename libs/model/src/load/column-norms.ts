import { eachRow } from '@bonsai/ops';
import type { HostRows } from '@bonsai/ops';

/** What the priors need to know of the columns of an output projection W. */
export interface ColumnNorms {
  /** ||W_:j||^2 */
  readonly squares: Float64Array;
  /** mean_i |W_ij| */
  readonly meanAbs: Float64Array;
}

/** Rows that are measured on their way to where they are used. */
export interface MeasuredRows {
  readonly rows: HostRows;
  /** Complete once all rows have passed. */
  readonly norms: ColumnNorms;
}

export function measureColumns(source: HostRows): MeasuredRows {
  const { rows, cols } = source;
  const norms = { squares: new Float64Array(cols), meanAbs: new Float64Array(cols) };
  return { rows: { rows, cols, data: measuring(source, norms) }, norms };
}

async function* measuring(source: HostRows, { squares, meanAbs }: ColumnNorms): AsyncGenerator<Float32Array> {
  for await (const row of eachRow(source)) {
    for (let c = 0; c < row.length; c++) {
      const value = row[c] as number;
      squares[c] = (squares[c] as number) + value * value;
      meanAbs[c] = (meanAbs[c] as number) + Math.abs(value) / source.rows;
    }
    yield row;
  }
}
