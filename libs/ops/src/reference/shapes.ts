import type { AttentionShape, HostMatrix } from '../backend.ts';

/** @throws RangeError when `holds` is false: the caller broke the contract of an op. */
export function requireThat(holds: boolean, op: string, what: string): void {
  if (!holds) throw new RangeError(`${op}: ${what}`);
}

export function requireShape(matrix: HostMatrix, rows: number, cols: number, op: string, name: string): void {
  const holds = matrix.rows === rows && matrix.cols === cols;
  requireThat(holds, op, `${name} is [${matrix.rows}, ${matrix.cols}], not [${rows}, ${cols}]`);
}

export function requireAttentionShape(shape: AttentionShape, qkv: HostMatrix, op: string): void {
  const { headDim, queryHeads, kvGroups, windowLength } = shape;
  requireThat(headDim % 2 === 0, op, `headDim ${headDim} is odd`);
  requireThat(queryHeads % kvGroups === 0, op, `${queryHeads} query heads over ${kvGroups} groups`);
  requireThat(qkv.rows % windowLength === 0, op, `${qkv.rows} rows in windows of ${windowLength}`);
  requireShape(qkv, qkv.rows, (queryHeads + 2 * kvGroups) * headDim, op, 'qkv');
}

/** Factor of a row's mask for one unit; 1 without factors. */
export function factorOf(factors: HostMatrix | undefined, row: number, rows: number, unit: number): number {
  if (factors === undefined) return 1;
  const mask = Math.floor(row / (rows / factors.rows));
  return factors.data[mask * factors.cols + unit] as number;
}

export function requireFactors(factors: HostMatrix | undefined, rows: number, units: number, op: string): void {
  if (factors === undefined) return;
  requireThat(rows % factors.rows === 0, op, `${rows} rows over ${factors.rows} masks`);
  requireShape(factors, factors.rows, units, op, 'factors');
}
