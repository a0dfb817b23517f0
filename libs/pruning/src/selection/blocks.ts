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
  return units.modules.filter(({ count }) => count > 0).map((module) => setOfModules(units, [module]));
}

/** Every layer that has units, alone; by layer, undefined for one that has none. */
export function wholeLayers(units: UnitTable): (UnitSet | undefined)[] {
  return units.shape.layers.map((_, layer) => {
    const set = setOfModules(units, [units.module(layer, 'kvGroup'), units.module(layer, 'ffnNeuron')]);
    return set.includes(1) ? set : undefined;
  });
}

/** Parameters of the cheapest block. */
export function smallestBlockCost(units: UnitTable, blocks: readonly UnitSet[]): number {
  return blocks.reduce((least, block) => Math.min(least, costOf(units, block)), Infinity);
}
