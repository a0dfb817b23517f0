import type { AttentionShape } from '@bonsai/ops';
import type { DeviceMatrix } from './device-storage.ts';

/** @throws RangeError when `holds` is false: the caller broke the contract of an op. */
export function requireThat(holds: boolean, op: string, what: string): void {
  if (!holds) throw new RangeError(`${op}: ${what}`);
}

export function requireShape(matrix: DeviceMatrix, rows: number, cols: number, op: string, name: string): void {
  const holds = matrix.rows === rows && matrix.cols === cols;
  requireThat(holds, op, `${name} is [${matrix.rows}, ${matrix.cols}], not [${rows}, ${cols}]`);
}

export function requireFactors(factors: DeviceMatrix | undefined, rows: number, units: number, op: string): void {
  if (factors === undefined) return;
  requireThat(rows % factors.rows === 0, op, `${rows} rows over ${factors.rows} masks`);
  requireShape(factors, factors.rows, units, op, 'factors');
}

export function requireAttentionShape(shape: AttentionShape, qkv: DeviceMatrix, op: string): void {
  const { headDim, queryHeads, kvGroups, windowLength } = shape;
  requireThat(headDim % 2 === 0, op, `headDim ${headDim} is odd`);
  requireThat(queryHeads % kvGroups === 0, op, `${queryHeads} query heads over ${kvGroups} groups`);
  requireThat(qkv.rows % windowLength === 0, op, `${qkv.rows} rows in windows of ${windowLength}`);
  requireShape(qkv, qkv.rows, (queryHeads + 2 * kvGroups) * headDim, op, 'qkv');
}
