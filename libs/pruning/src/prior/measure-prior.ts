import { unitPrior } from './unit-prior.ts';
import type { UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { askStatistics } from '../contract/ask.ts';
import { priorStatistics } from '../contract/method-traits.ts';
import type { MethodSettings, Procedure } from '../contract/pruning-procedure.ts';

/** Asks for the statistics that the prior needs, if any, on the model without `cut`. @returns the prior by unit id */
export function* measurePrior(
  settings: MethodSettings,
  units: UnitTable,
  cut: UnitSet,
  windows: readonly number[],
): Procedure<Float64Array> {
  const statistics = windows.length === 0 ? [] : yield* askStatistics(cut, windows, priorStatistics(settings.prior));
  return unitPrior(settings.prior, units, statistics, cut, settings.seed);
}
