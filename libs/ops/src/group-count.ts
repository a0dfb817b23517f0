/**
 * Groups of `unitsPerGroup` consecutive units that ascending units fall into.
 * @throws RangeError if they are not equally many of every group that has any
 */
export function groupCount(units: Uint32Array, unitsPerGroup: number): number {
  if (unitsPerGroup === 1) return units.length;
  const perGroup = new Map<number, number>();
  for (const unit of units) {
    const group = Math.floor(unit / unitsPerGroup);
    perGroup.set(group, (perGroup.get(group) ?? 0) + 1);
  }
  if (new Set(perGroup.values()).size > 1) throw new RangeError('groups differ in how many of their units are kept');
  return perGroup.size;
}
