import type { UnitTable } from '../units/unit-table.ts';
import type { MaskFit } from '../contract/pruning-procedure.ts';
import type { Observation } from './design.ts';
import { kendallTau } from './kendall-tau.ts';

export interface FitDiagnostics {
  readonly looR2: number;
  readonly kendallTau: number;
  readonly looR2WithoutTopModule: number;
  readonly maskFits: readonly MaskFit[];
}

/**
 * How well left-out masks are predicted. One module can carry the whole R^2, so it is also given after subtracting the
 * estimated contribution of the module whose contributions vary most from responses and predictions alike. Stand-ins for losses
 * that are not finite are nothing to be predicted.
 * @param predictionsOfAll one per observation
 * @param importance by unit id, of the fit to all observations
 */
export function diagnoseFit(
  units: UnitTable,
  all: readonly Observation[],
  predictionsOfAll: Float64Array,
  importance: Float64Array,
): FitDiagnostics {
  const observations = all.filter(({ isFinite }) => isFinite);
  const predictions = predictionsOfAll.filter((_, i) => all[i]?.isFinite);
  const responses = Float64Array.from(observations, ({ response }) => response);
  const top = topContribution(units, observations, importance);
  const without = (values: Float64Array): Float64Array => values.map((value, i) => value - (top[i] as number));
  return {
    looR2: rSquared(responses, predictions),
    kendallTau: kendallTau(responses, predictions),
    looR2WithoutTopModule: rSquared(without(responses), without(predictions)),
    maskFits: observations.map(({ response }, i) => ({ predicted: predictions[i] as number, measured: response })),
  };
}

/** 1 - residual over total sum of squares; 0 if the responses do not vary. */
export function rSquared(responses: Float64Array, predictions: Float64Array): number {
  const total = squaredDeviations(responses);
  const residual = responses.reduce((sum, value, i) => sum + (value - (predictions[i] as number)) ** 2, 0);
  return total === 0 ? 0 : 1 - residual / total;
}

function topContribution(
  units: UnitTable,
  observations: readonly Observation[],
  importance: Float64Array,
): Float64Array {
  let top = new Float64Array(observations.length);
  let most = -1;
  for (const { start, count } of units.modules) {
    const contribution = Float64Array.from(observations, ({ mask }) => {
      let sum = 0;
      for (let id = start; id < start + count; id++) if (mask[id] === 1) sum += importance[id] as number;
      return sum;
    });
    const spread = squaredDeviations(contribution);
    if (spread > most) {
      most = spread;
      top = contribution;
    }
  }
  return top;
}

/** From the mean; taken from the first value on, so that values which do not vary give 0, whatever their mean is rounded to. */
function squaredDeviations(values: Float64Array): number {
  const rises = values.map((value) => value - (values[0] as number));
  const mean = rises.reduce((sum, rise) => sum + rise, 0) / rises.length;
  return rises.reduce((sum, rise) => sum + (rise - mean) ** 2, 0);
}
