import type { WidthConstraints } from '../contract/width-constraints.ts';
import { keptQueryHeads } from '../units/kept-heads.ts';
import { unevenLayer } from '../units/removals.ts';
import { countIn, type UnitSet } from '../units/unit-set.ts';
import type { UnitKind, UnitTable } from '../units/unit-table.ts';

/** What every module of a kind that has units keeps. */
export function keptWidths(units: UnitTable, cut: UnitSet, kind: UnitKind): number[] {
  const modules = units.modules.filter((module) => module.kind === kind && module.count > 0);
  return modules.map((module) => module.count - countIn(module, cut));
}

/** Whether a cut obeys constraints, in the words of their definition. */
export function hasAllowedWidths(units: UnitTable, cut: UnitSet, constraints: Partial<WidthConstraints>): boolean {
  const { layout = 'perLayer', ffnAlignment = 1, minKvGroups = 0, minFfnNeurons = 0 } = constraints;
  const groups = keptWidths(units, cut, 'kvGroup');
  const neurons = keptWidths(units, cut, 'ffnNeuron');
  const heads = [...units.shape.layers.keys()].map((layer) => keptQueryHeads(units, layer, cut).length);
  const alike = (widths: readonly number[]): boolean => new Set(widths).size <= 1 && !widths.includes(0);
  return (
    (layout === 'perLayer' || (alike(groups) && alike(heads) && alike(neurons))) &&
    unevenLayer(units, cut) === undefined &&
    neurons.every((width) => width % ffnAlignment === 0 && width >= minFfnNeurons) &&
    groups.every((width) => width >= minKvGroups)
  );
}
