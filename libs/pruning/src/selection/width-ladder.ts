import type { Module, UnitKind, UnitTable } from '../units/unit-table.ts';
import type { WidthConstraints } from '../contract/width-constraints.ts';

/** The widths that modules may have which go narrower together: `widest`, `widest - step`, ... `narrowest`. */
export interface WidthLadder {
  readonly kind: UnitKind;
  /** Of one kind; one layer's, or with a uniform layout those of all layers. */
  readonly modules: readonly Module[];
  /** Below `narrowest` where no width is allowed. */
  readonly widest: number;
  readonly narrowest: number;
  readonly step: number;
}

/** The ladders of all modules that have units; a module without any has nothing to decide. */
export function widthLadders(units: UnitTable, constraints: WidthConstraints): WidthLadder[] {
  return (['kvGroup', 'ffnNeuron'] as const).flatMap((kind) => {
    const modules = units.modules.filter((module) => module.kind === kind && module.count > 0);
    const together = constraints.layout === 'uniform' ? [modules] : modules.map((module) => [module]);
    return together.filter((group) => group.length > 0).map((group) => ladderOf(kind, group, constraints));
  });
}

function ladderOf(kind: UnitKind, modules: readonly Module[], constraints: WidthConstraints): WidthLadder {
  const step = kind === 'kvGroup' ? 1 : constraints.ffnAlignment;
  const least = kind === 'kvGroup' ? constraints.minKvGroups : constraints.minFfnNeurons;
  // No stock architecture has layers without attention or without FFN.
  const needed = constraints.layout === 'uniform' ? Math.max(1, least) : least;
  const dense = Math.min(...modules.map(({ count }) => count));
  return {
    kind,
    modules,
    widest: Math.floor(dense / step) * step,
    narrowest: Math.ceil(needed / step) * step,
    step,
  };
}

/** Parameters that go when the ladder's modules go one step narrower. */
export function stepCost({ modules, step }: WidthLadder): number {
  return modules.reduce((sum, { unitCost }) => sum + unitCost * step, 0);
}

/** Parameters of what the ladder's modules have beyond a width. */
export function costBeyond({ modules }: WidthLadder, width: number): number {
  return modules.reduce((sum, { count, unitCost }) => sum + unitCost * (count - width), 0);
}
