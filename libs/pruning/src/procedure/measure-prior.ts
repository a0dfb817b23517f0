import { unitPrior } from '../prior/unit-prior.ts';
import type { UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { askStatistics } from './ask.ts';
import { priorStatistics } from './method-traits.ts';
import type { PruningAnswer, PruningRequest, MethodSettings } from './pruning-procedure.ts';

/** Asks for the statistics that the prior needs, if any, on the model without `cut`. @returns the prior by unit id */
export function* measurePrior(
  settings: MethodSettings,
  units: UnitTable,
  cut: UnitSet,
  windows: readonly number[],
): Generator<PruningRequest, Float64Array, PruningAnswer> {
  const statistics = windows.length === 0 ? [] : yield* askStatistics(cut, windows, priorStatistics(settings.prior));
  return unitPrior(settings.prior, units, statistics, cut, settings.seed);
}
