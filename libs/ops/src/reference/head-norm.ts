import type { AttentionShape, HostMatrix } from '../backend.ts';
import { requireAttentionShape, requireKeptHeads, requireShape } from '../op-shapes.ts';
import { shapeOfRow } from './shape-of-row.ts';
import type { ReferenceSelection } from './storage.ts';

/** Divides, in place, every query and key head by the root of its mean square and multiplies it by a gain. */
export function headNorm(
  qkv: HostMatrix,
  gains: HostMatrix,
  shape: AttentionShape,
  epsilon: number,
  kept?: ReferenceSelection,
): void {
  const { headDim } = shape;
  requireAttentionShape(shape, qkv, 'headNorm');
  requireShape(gains, 2, headDim, 'headNorm', 'gains');
  requireKeptHeads(kept, qkv.rows, shape, 'headNorm');
  for (let r = 0; r < qkv.rows; r++) {
    const { queryHeads, kvGroups } = shapeOfRow(shape, kept, r, qkv.rows);
    for (let head = 0; head < queryHeads + kvGroups; head++) {
      const start = r * qkv.cols + head * headDim;
      const values = qkv.data.subarray(start, start + headDim);
      const squares = values.reduce((sum, value) => sum + value * value, 0);
      const scale = 1 / Math.sqrt(squares / headDim + epsilon);
      const gain = head < queryHeads ? 0 : headDim;
      for (let i = 0; i < headDim; i++) values[i] = (values[i] as number) * scale * (gains.data[gain + i] as number);
    }
  }
}
