import type { UnitTable } from '../units/unit-table.ts';

/**
 * What is believed before a fit. The importance of unit u is slope_u * prior_u; the slope is a sum of a term that all units share,
 * one per kind, one per module and one per unit. Slopes, not importances, are carried from round to round, because priors are measured
 * anew on every pruned model. The terms that all units or all of a kind share have no spread here: a cut moves the scale of the whole,
 * so that every round learns it anew.
 */
export interface SlopeBelief {
  /** Expected slope by unit id, in units of the loss per unit of prior. */
  readonly mean: Float64Array;
  /** Variance of each unit's own term relative to one that was never measured, in (0, 1]. */
  readonly unitSpread: Float64Array;
  /** The same for each module's term, by index in UnitTable.modules. */
  readonly moduleSpread: Float64Array;
}

/** Nothing measured yet: slopes around 0, as wide as the data will say. */
export function vagueBelief(units: UnitTable): SlopeBelief {
  return {
    mean: new Float64Array(units.count),
    unitSpread: new Float64Array(units.count).fill(1),
    moduleSpread: new Float64Array(units.modules.length).fill(1),
  };
}

/** Forgets a share of what was learned of modules' and units' own terms: slopes move as their neighbours are cut. */
export function withDrift(belief: SlopeBelief, drift: number): SlopeBelief {
  const widen = (spread: number): number => Math.min(1, spread + drift);
  return {
    mean: belief.mean,
    unitSpread: belief.unitSpread.map(widen),
    moduleSpread: belief.moduleSpread.map(widen),
  };
}
