import { symmetricSpectrum, type Spectrum } from '../linear-algebra/eigen.ts';
import { combineKernel, type KernelParts, type SlopeVariances } from './hierarchical-kernel.ts';
import { chooseRidge } from './ridge-path.ts';

/** Unit variance over module variance of one kind. */
const UNIT_RATIOS = [1, 0.1, 10];

/** Module variance of KV groups over that of FFN neurons. */
const GROUP_SCALES = [1, 0.1, 10, 100];

export interface VarianceChoice {
  readonly variances: SlopeVariances;
  readonly spectrum: Spectrum;
  readonly ridge: number;
  readonly press: number;
}

/**
 * The relative variances and the ridge of least leave-one-out error. One ratio is varied at a time, each with one
 * eigendecomposition per candidate: 8 of them, where the whole grid would take 36.
 * @param fixed variances that are not to be chosen again
 */
export function chooseVariances(
  parts: KernelParts,
  response: Float64Array,
  fixed: SlopeVariances | undefined,
): VarianceChoice {
  const tried = (variances: SlopeVariances): VarianceChoice => {
    const spectrum = symmetricSpectrum(combineKernel(parts, variances, response.length));
    return { variances, spectrum, ...chooseRidge(spectrum, response) };
  };
  if (fixed !== undefined) return tried(fixed);
  let best = tried(variancesOf(1, 1, 1));
  const improve = (candidates: readonly SlopeVariances[]): void => {
    for (const variances of candidates) {
      const choice = tried(variances);
      if (choice.press < best.press) best = choice;
    }
  };
  improve(GROUP_SCALES.slice(1).map((scale) => variancesOf(scale, 1, 1)));
  const scale = best.variances.kvGroup.module;
  improve(UNIT_RATIOS.slice(1).map((ratio) => variancesOf(scale, 1, ratio)));
  const neuronRatio = best.variances.ffnNeuron.unit;
  improve(UNIT_RATIOS.slice(1).map((ratio) => variancesOf(scale, ratio, neuronRatio)));
  return best;
}

function variancesOf(groupScale: number, groupRatio: number, neuronRatio: number): SlopeVariances {
  return {
    kvGroup: { module: groupScale, unit: groupScale * groupRatio },
    ffnNeuron: { module: 1, unit: neuronRatio },
  };
}
