/** Dense, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array | Float64Array;
}

export function zeros(rows: number, columns: number): Matrix {
  return { rows, columns, values: new Float64Array(rows * columns) };
}

/** Adds `factor * term` to `sum`, element by element. */
export function addScaled(sum: Matrix, factor: number, term: Matrix): void {
  if (sum.rows !== term.rows || sum.columns !== term.columns) throw new RangeError('matrix shapes differ');
  for (let i = 0; i < sum.values.length; i++) {
    sum.values[i] = (sum.values[i] as number) + factor * (term.values[i] as number);
  }
}
