import type { AttentionShape, HostMatrix } from '../backend.ts';
import { requireAttentionShape, requireKeptHeads, requireRotaryTable } from '../op-shapes.ts';
import { shapeOfRow } from './shape-of-row.ts';
import type { ReferenceSelection } from './storage.ts';

/** Turns, in place, the pairs (i, i + table.cols / 2) of every query and key head by the angles of the row's position. */
export function rotaryEmbedding(
  qkv: HostMatrix,
  table: HostMatrix,
  shape: AttentionShape,
  kept?: ReferenceSelection,
): void {
  requireAttentionShape(shape, qkv, 'rotaryEmbedding');
  requireRotaryTable(table, shape, 'rotaryEmbedding');
  requireKeptHeads(kept, qkv.rows, shape, 'rotaryEmbedding');
  const half = table.cols / 2;
  for (let r = 0; r < qkv.rows; r++) {
    const angles = (r % shape.windowLength) * table.cols;
    const { queryHeads, kvGroups } = shapeOfRow(shape, kept, r, qkv.rows);
    for (let head = 0; head < queryHeads + kvGroups; head++) {
      const start = r * qkv.cols + head * shape.headDim;
      for (let i = 0; i < half; i++) {
        const cos = table.data[angles + i] as number;
        const sin = table.data[angles + half + i] as number;
        const a = qkv.data[start + i] as number;
        const b = qkv.data[start + half + i] as number;
        qkv.data[start + i] = a * cos - b * sin;
        qkv.data[start + half + i] = b * cos + a * sin;
      }
    }
  }
}
