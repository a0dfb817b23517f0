import { identifiedDirections, kendallTau, unitIds } from '@bonsai/pruning';
import type { UnitSet, UnitTable } from '@bonsai/pruning';
import { mean } from '@bonsai/support';
import type { Driven } from './drive-on-scorer.ts';

/** What one round of a method tells about whole modules. */
export interface Allocation {
  readonly masks: number;
  /** Independent contrasts between modules in its masks. */
  readonly directions: number;
  readonly estimatedModules: number;
  /** Between its estimates of whole modules and their leave-one-out truth, over the modules that it estimates. */
  readonly kendallTau: number;
  readonly correlation: number;
  /** Without the module that matters most in truth, which can carry a correlation by itself. */
  readonly correlationOfOthers: number;
}

/** @param truth rise of the mean NLL without each module, by index in UnitTable.blocks */
export function allocationOf(units: UnitTable, { outcome, masks }: Driven, truth: readonly number[]): Allocation {
  const estimates = moduleEstimates(units, masks, outcome.importance);
  const known = [...truth.keys()].filter((m) => estimates[m] !== undefined);
  const most = truth.indexOf(Math.max(...truth));
  const between = (measure: typeof correlation, modules: readonly number[]): number =>
    measure(
      modules.map((m) => estimates[m] ?? 0),
      modules.map((m) => truth[m] ?? 0),
    );
  return {
    masks: masks.length,
    directions: identifiedDirections(units, masks),
    estimatedModules: known.length,
    kendallTau: between(kendallTau, known),
    correlation: between(correlation, known),
    correlationOfOthers: between(
      correlation,
      known.filter((m) => m !== most),
    ),
  };
}

/**
 * Estimated worth of every module as a whole: the sum of its units' importances; undefined where no mask removed any of them and
 * nothing else gave them one.
 */
export function moduleEstimates(
  units: UnitTable,
  masks: readonly UnitSet[],
  importance: Float64Array,
): (number | undefined)[] {
  return units.blocks.map((block) => {
    const ids = unitIds(block);
    const sum = ids.reduce((total, id) => total + (importance[id] ?? 0), 0);
    return sum === 0 && !ids.some((id) => masks.some((mask) => mask[id] === 1)) ? undefined : sum;
  });
}

/** Pearson's; 0 if either side is constant. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = a.reduce((sum, value, i) => sum + (value - meanA) * ((b[i] ?? 0) - meanB), 0);
  const squares = (values: readonly number[], centre: number): number =>
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const scale = Math.sqrt(squares(a, meanA) * squares(b, meanB));
  return scale === 0 ? 0 : product / scale;
}

/** One variant with one allocation per seed. */
export interface AllocationRow {
  readonly variant: string;
  readonly seeds: readonly Allocation[];
}

export function allocationMarkdown(rows: readonly AllocationRow[], moduleCount: number): string {
  const lines = rows.map(({ variant, seeds }) => {
    const column = (of: (allocation: Allocation) => number, digits = 2): string => spread(seeds.map(of), digits);
    const cells = [
      variant,
      column(({ masks }) => masks, 0),
      `${column(({ directions }) => directions, 0)} of ${moduleCount}`,
      column(({ estimatedModules }) => estimatedModules, 0),
      column(({ kendallTau: tau }) => tau),
      column(({ correlation: pearson }) => pearson),
      column(({ correlationOfOthers }) => correlationOfOthers),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| sampling | masks | rank of centred masks x modules | modules estimated | Kendall tau with truth | correlation | without the top module |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

/** The least and the largest of the seeds. */
function spread(values: readonly number[], digits: number): string {
  const [least, largest] = [Math.min(...values).toFixed(digits), Math.max(...values).toFixed(digits)];
  return least === largest ? least : `${least} to ${largest}`;
}
