import type { Module, UnitStatistics } from '@bonsai/pruning';
import type { ColumnNorms } from './column-norms.ts';
import { standardScores } from './standard-scores.ts';

/** The units of one kind that a layer still has. */
export interface KeptUnits {
  readonly module: Module;
  /** Within the original module, ascending; position i is unit i of the compacted weights. */
  readonly indices: readonly number[];
}

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
    standardFluctuation: zeros(),
    outputEnergy: zeros(),
    obsEnergy: withObs ? zeros() : undefined,
  };
}

/**
 * Reduces columns to units, which have equally many neighbouring ones each, and puts the units in their places in the
 * original layer.
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
  const fluctuations = columnFluctuations({ tokens, sums }, norms);
  const standard = standardScores(
    units.module.block === 'attention' ? fluctuations.map((value) => value ** 2) : fluctuations,
  );
  for (const [i, index] of units.indices.entries()) {
    for (let c = i * perUnit; c < (i + 1) * perUnit; c++) {
      const meanAbs = (sums[c] as number) / tokens;
      const meanSquare = (sums[2 * columns + c] as number) / tokens;
      add(statistics.meanAbs, index, meanAbs / perUnit);
      add(statistics.rmsTimesWeight, index, ((norms.meanAbs[c] as number) * Math.sqrt(meanSquare)) / perUnit);
      add(statistics.standardFluctuation, index, (standard[c] as number) / perUnit);
      add(statistics.outputEnergy, index, meanSquare * (norms.squares[c] as number));
    }
    if (obsEnergies !== undefined) add(statistics.obsEnergy ?? obsEnergies, index, obsEnergies[i] as number);
  }
  return statistics;
}

/** Var_t(x_c) * ||W_:c||^2 of every column. */
function columnFluctuations({ tokens, sums }: ColumnMoments, { squares }: ColumnNorms): Float64Array {
  const columns = squares.length;
  return squares.map((weightSquare, c) => {
    const mean = (sums[columns + c] as number) / tokens;
    const meanSquare = (sums[2 * columns + c] as number) / tokens;
    // Rounding can leave a variance just below zero.
    return Math.max(0, meanSquare - mean * mean) * weightSquare;
  });
}

function add(target: Float64Array, at: number, value: number): void {
  target[at] = (target[at] as number) + value;
}
