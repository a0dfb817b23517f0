import { groupCount } from '@bonsai/ops';

/** A selection in the layout of the kernels. */
export interface SelectionTable {
  readonly masks: number;
  readonly units: number;
  readonly unitWidth: number;
  readonly unitsPerGroup: number;
  /** Units of the mask that keeps most. */
  readonly widest: number;
  /** Groups of the mask that keeps some of most. */
  readonly mostGroups: number;
  /** vec4 per mask. */
  readonly stride4: number;
  /** Per mask the counts of its units, of their columns and of their groups and a zero, then these columns, then zeros. */
  readonly values: Uint32Array;
}

/** @throws RangeError for units that are not below `units` in ascending order, or not equally many of every group that has any */
export function selectionTable(
  kept: readonly Uint32Array[],
  units: number,
  unitWidth: number,
  unitsPerGroup = 1,
): SelectionTable {
  const stride4 = selectionStride4(units, unitWidth);
  const values = new Uint32Array(4 * stride4 * kept.length);
  let mostGroups = 0;
  for (const [mask, indices] of kept.entries()) {
    const start = 4 * stride4 * mask;
    values[start] = indices.length;
    values[start + 1] = indices.length * unitWidth;
    const groups = groupCount(indices, unitsPerGroup);
    values[start + 2] = groups;
    mostGroups = Math.max(mostGroups, groups);
    for (const [i, unit] of indices.entries()) {
      if (unit >= units || unit <= (indices[i - 1] ?? -1))
        throw new RangeError(`unit ${unit} of ${units} is out of order`);
      for (let c = 0; c < unitWidth; c++) values[start + 4 + i * unitWidth + c] = unit * unitWidth + c;
    }
  }
  const widest = kept.reduce((most, { length }) => Math.max(most, length), 0);
  return { masks: kept.length, units, unitWidth, unitsPerGroup, widest, mostGroups, stride4, values };
}

/** vec4 per mask: one for the counts, then one index for every column. */
export function selectionStride4(units: number, unitWidth: number): number {
  return 1 + Math.ceil((units * unitWidth) / 4);
}
