import type { PrunedUnit } from '../units/pruned-units.ts';
import { costOf, emptySet, type UnitSet } from '../units/unit-set.ts';
import type { Module, UnitTable } from '../units/unit-table.ts';

/** All units of the modules. */
function setOfModules(units: UnitTable, modules: readonly Module[]): UnitSet {
  const set = emptySet(units);
  for (const { start, count } of modules) set.fill(1, start, start + count);
  return set;
}

/** Every attention block and every FFN that has units, alone. */
export function residualBlocks(units: UnitTable): UnitSet[] {
  return units.blocks.filter(({ count }) => count > 0).map((module) => setOfModules(units, [module]));
}

/** Every layer that has units, alone; by layer, undefined for one that has none. */
export function wholeLayers(units: UnitTable): (UnitSet | undefined)[] {
  return units.shape.layers.map((_, layer) => {
    const set = setOfModules(units, [units.module(layer, 'kvGroup'), units.module(layer, 'ffnNeuron')]);
    return set.includes(1) ? set : undefined;
  });
}

/** What is left of all blocks or layers, or of both, where that is more than one unit; each once. */
export function wholesLeft(units: UnitTable, cut: UnitSet, offered: readonly PrunedUnit[]): UnitSet[] {
  const blocks = offered.includes('block') ? residualBlocks(units) : [];
  const layers = offered.includes('layer') ? wholeLayers(units) : [];
  const sets = [...blocks, ...layers].flatMap((set) => set ?? []);
  const left = sets.map((set) => set.map((member, id) => member & ~(cut[id] as number)));
  const distinct = new Map(left.map((set) => [set.join(''), set]));
  return [...distinct.values()].filter((set) => set.indexOf(1) !== set.lastIndexOf(1));
}

/** Parameters of the cheapest block. */
export function smallestBlockCost(units: UnitTable, blocks: readonly UnitSet[]): number {
  return blocks.reduce((least, block) => Math.min(least, costOf(units, block)), Infinity);
}
