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
    let at = start + 4;
    let last = -1;
    // Millions of neurons, of all masks and layers: an iterator would cost more than all else.
    for (let i = 0; i < indices.length; i++) {
      const unit = indices[i] as number;
      if (unit >= units || unit <= last) throw new RangeError(`unit ${unit} of ${units} is out of order`);
      for (let c = 0; c < unitWidth; c++) values[at++] = unit * unitWidth + c;
      last = unit;
    }
  }
  const widest = kept.reduce((most, { length }) => Math.max(most, length), 0);
  return { masks: kept.length, units, unitWidth, unitsPerGroup, widest, mostGroups, stride4, values };
}

/** vec4 per mask: one for the counts, then one index for every column. */
export function selectionStride4(units: number, unitWidth: number): number {
  return 1 + Math.ceil((units * unitWidth) / 4);
}
