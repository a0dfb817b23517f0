import type { AttentionShape } from '../backend.ts';
import { groupCount } from '../group-count.ts';
import type { ReferenceSelection } from './storage.ts';

/** The shape of one row: with as many heads and groups as its mask keeps. */
export function shapeOfRow(
  shape: AttentionShape,
  kept: ReferenceSelection | undefined,
  row: number,
  rows: number,
): AttentionShape {
  if (kept === undefined) return shape;
  const heads = kept.ofRow(row, rows);
  return { ...shape, kvGroups: groupCount(heads, kept.unitsPerGroup), queryHeads: heads.length };
}
