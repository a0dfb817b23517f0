import type { Module, UnitTable } from './unit-table.ts';

/** A set of units: one byte per unit id of a {@link UnitTable}, 1 for members. Masks and cuts are sets of REMOVED units. */
export type UnitSet = Uint8Array;

export function emptySet(units: UnitTable): UnitSet {
  return new Uint8Array(units.count);
}

export function isEmpty(set: UnitSet): boolean {
  return set.every((member) => member === 0);
}

/** Parameters, or what a target counts, that the members cost together; query heads of groups among them are part of these. */
export function costOf(units: UnitTable, set: UnitSet): number {
  return units.modules.reduce((sum, module) => {
    const count = module.kind === 'queryHead' ? headsWithoutGroup(units, module, set) : countIn(module, set);
    return sum + module.unitCost * count;
  }, 0);
}

/** What the members cost beyond what is gone: of a group without some of its heads, what is left of it. */
export function addedCost(units: UnitTable, gone: UnitSet, set: UnitSet): number {
  return costOf(units, union(gone, set)) - costOf(units, gone);
}

function headsWithoutGroup(units: UnitTable, heads: Module, set: UnitSet): number {
  const groups = units.module(heads.layer, 'kvGroup');
  const perGroup = heads.count / groups.count;
  let count = 0;
  for (let i = 0; i < heads.count; i++) {
    if (set[heads.start + i] === 1 && set[groups.start + Math.floor(i / perGroup)] === 0) count++;
  }
  return count;
}

/** Members within one module. */
export function countIn(module: Module, set: UnitSet): number {
  let count = 0;
  for (let id = module.start; id < module.start + module.count; id++) count += set[id] as number;
  return count;
}

export function union(a: UnitSet, b: UnitSet): UnitSet {
  return a.map((member, id) => member | (b[id] as number));
}

/** Indices, within the module, of the units that a set of removed units leaves; ascending. */
export function keptIndices(module: Module, removed: UnitSet): number[] {
  const kept: number[] = [];
  for (let i = 0; i < module.count; i++) if (removed[module.start + i] === 0) kept.push(i);
  return kept;
}
