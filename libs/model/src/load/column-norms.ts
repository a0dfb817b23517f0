import type { HostMatrix } from '@bonsai/ops';

/** What the priors need to know of the columns of an output projection W. */
export interface ColumnNorms {
  /** ||W_:j||^2 */
  readonly squares: Float64Array;
  /** mean_i |W_ij| */
  readonly meanAbs: Float64Array;
}

export function columnNorms({ rows, cols, data }: HostMatrix): ColumnNorms {
  const squares = new Float64Array(cols);
  const meanAbs = new Float64Array(cols);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const value = data[r * cols + c] as number;
      squares[c] = (squares[c] as number) + value * value;
      meanAbs[c] = (meanAbs[c] as number) + Math.abs(value) / rows;
    }
  }
  return { squares, meanAbs };
}
