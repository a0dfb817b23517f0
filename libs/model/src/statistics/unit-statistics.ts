import type { UnitStatistics } from '@bonsai/pruning';
import type { ColumnNorms } from '../load/column-norms.ts';
import type { KeptUnits } from '../load/kept-units.ts';

/** Sums over tokens at the input of an output projection, in the compacted columns: |x|, x, x^2. */
export interface ColumnMoments {
  readonly tokens: number;
  /** [3, columns] */
  readonly sums: Float32Array;
}

/** Statistics of a layer's units of one kind where all of them are cut. */
export function noStatistics(units: KeptUnits, withObs: boolean): UnitStatistics {
  const zeros = (): Float64Array => new Float64Array(units.module.count);
  return {
    meanAbs: zeros(),
    rmsTimesWeight: zeros(),
    fluctuation: zeros(),
    outputEnergy: zeros(),
    obsEnergy: withObs ? zeros() : undefined,
  };
}

/**
 * Reduces columns to units and puts the units in their places in the original layer.
 * @param obsEnergies one per kept unit, if asked for
 */
export function unitStatistics(
  units: KeptUnits,
  { tokens, sums }: ColumnMoments,
  norms: ColumnNorms,
  obsEnergies: Float64Array | undefined,
): UnitStatistics {
  const statistics = noStatistics(units, obsEnergies !== undefined);
  const columns = norms.squares.length;
  const perUnit = columns / units.indices.length;
  for (const [i, index] of units.indices.entries()) {
    for (let c = i * perUnit; c < (i + 1) * perUnit; c++) {
      const meanAbs = (sums[c] as number) / tokens;
      const mean = (sums[columns + c] as number) / tokens;
      const meanSquare = (sums[2 * columns + c] as number) / tokens;
      const weightSquare = norms.squares[c] as number;
      // Rounding can leave a variance just below zero.
      const variance = Math.max(0, meanSquare - mean * mean);
      add(statistics.meanAbs, index, meanAbs / perUnit);
      add(statistics.rmsTimesWeight, index, ((norms.meanAbs[c] as number) * Math.sqrt(meanSquare)) / perUnit);
      add(statistics.fluctuation, index, (variance * weightSquare) / perUnit);
      add(statistics.outputEnergy, index, meanSquare * weightSquare);
    }
    if (obsEnergies !== undefined) add(statistics.obsEnergy ?? obsEnergies, index, obsEnergies[i] as number);
  }
  return statistics;
}

function add(target: Float64Array, at: number, value: number): void {
  target[at] = (target[at] as number) + value;
}
