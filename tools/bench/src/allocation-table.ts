import { identifiedDirections, kendallTau } from '@bonsai/pruning';
import type { UnitSet, UnitTable } from '@bonsai/pruning';
import type { Driven } from './drive-on-scorer.ts';

/** What one round of a method tells about whole modules. */
export interface AllocationRow {
  readonly variant: string;
  readonly masks: number;
  /** Independent contrasts between modules in its masks. */
  readonly directions: number;
  /** Between its estimates of whole modules and their leave-one-out truth, over the modules that it estimates. */
  readonly kendallTau: number;
  readonly correlation: number;
  readonly estimatedModules: number;
}

/** @param truth rise of the mean NLL without each module, by index in UnitTable.modules */
export function allocationRow(
  variant: string,
  units: UnitTable,
  { outcome, masks }: Driven,
  truth: readonly number[],
): AllocationRow {
  const estimates = moduleEstimates(units, masks, outcome.importance);
  const known = [...estimates.keys()].filter((m) => estimates[m] !== undefined && truth[m] !== undefined);
  const estimated = known.map((m) => estimates[m] ?? 0);
  const actual = known.map((m) => truth[m] ?? 0);
  return {
    variant,
    masks: masks.length,
    directions: identifiedDirections(units, masks),
    kendallTau: kendallTau(estimated, actual),
    correlation: correlation(estimated, actual),
    estimatedModules: known.length,
  };
}

/**
 * Estimated worth of every module as a whole: the mean importance of the units that some mask removed, times the module's
 * count; undefined where no mask removed any.
 */
export function moduleEstimates(
  units: UnitTable,
  masks: readonly UnitSet[],
  importance: Float64Array,
): (number | undefined)[] {
  return units.blocks.map(({ start, count }) => {
    const ids = Array.from({ length: count }, (_, i) => start + i).filter((id) => masks.some((mask) => mask[id] === 1));
    if (ids.length === 0) return undefined;
    return (count * ids.reduce((sum, id) => sum + (importance[id] ?? 0), 0)) / ids.length;
  });
}

/** Pearson's; 0 if either side is constant. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = a.reduce((sum, value, i) => sum + (value - meanA) * ((b[i] ?? 0) - meanB), 0);
  const squares = (values: readonly number[], centre: number): number =>
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const scale = Math.sqrt(squares(a, meanA) * squares(b, meanB));
  return scale === 0 ? 0 : product / scale;
}

export function allocationMarkdown(rows: readonly AllocationRow[], moduleCount: number): string {
  const lines = rows.map(
    (row) =>
      `| ${row.variant} | ${row.masks} | ${row.directions} of ${moduleCount} | ${row.estimatedModules} | ` +
      `${row.kendallTau.toFixed(2)} | ${row.correlation.toFixed(2)} |`,
  );
  return [
    '| sampling | masks | rank of centred masks x modules | modules estimated | Kendall tau with truth | correlation |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
