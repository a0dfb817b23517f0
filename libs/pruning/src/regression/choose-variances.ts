import { symmetricSpectrum, type Spectrum } from '../linear-algebra/eigen.ts';
import { combineKernel, type KernelParts, type SlopeVariances } from './hierarchical-kernel.ts';
import { chooseRidge } from './ridge-path.ts';

/** A ratio of variances: what it is without evidence, and what else it may be. */
interface RatioPrior {
  readonly usual: number;
  readonly others: readonly number[];
}

const RATIOS = {
  /** Module variance of KV groups over that of FFN neurons. */
  groupScale: { usual: 1, others: [0.1, 10, 100] },
  /** Module variance of FFN neurons over the variance of what all slopes share. */
  deviation: { usual: 0.25, others: [0.025, 0.08, 0.8, 2.5] },
  /** Unit variance over module variance. */
  neuronRatio: { usual: 0.1, others: [0.01, 1, 10] },
  groupRatio: { usual: 1, others: [0.1, 10] },
} as const satisfies Readonly<Record<string, RatioPrior>>;

/** Surprise of a ratio that is e times the usual one; of ten times the usual one, 2. */
const DOUBT = 0.4;

export interface VarianceChoice {
  readonly variances: SlopeVariances;
  readonly spectrum: Spectrum;
  readonly ridge: number;
  readonly surprise: number;
}

/**
 * The ratios of variances and the ridge of greatest marginal likelihood times prior probability: a few dozen masks alone
 * would be fitted best by extreme ratios. One ratio is varied at a time, each with one eigendecomposition per candidate: 13 of
 * them, where the whole grid would take 240.
 * @param given variances that are not to be chosen again, or only that of the common term
 */
export function chooseVariances(
  parts: KernelParts,
  response: Float64Array,
  given: SlopeVariances | Pick<SlopeVariances, 'common'>,
): VarianceChoice {
  const tried = (variances: SlopeVariances): VarianceChoice => {
    const spectrum = symmetricSpectrum(combineKernel(parts, variances, response.length));
    return { variances, spectrum, ...chooseRidge(spectrum, response) };
  };
  if ('attention' in given) return tried(given);
  let ratios: Ratios = USUAL;
  let best = tried(variancesOf(given.common, ratios));
  for (const name of RATIO_NAMES) {
    for (const value of RATIOS[name].others) {
      const changed = { ...ratios, [name]: value };
      const choice = tried(variancesOf(given.common, changed));
      if (choice.surprise + doubt(changed) < best.surprise + doubt(ratios)) {
        best = choice;
        ratios = changed;
      }
    }
  }
  return best;
}

type Ratios = Readonly<Record<keyof typeof RATIOS, number>>;

const RATIO_NAMES = Object.keys(RATIOS) as (keyof typeof RATIOS)[];
const USUAL = Object.fromEntries(RATIO_NAMES.map((name) => [name, RATIOS[name].usual])) as Ratios;

function doubt(ratios: Ratios): number {
  return RATIO_NAMES.reduce((sum, name) => sum + DOUBT * Math.log(ratios[name] / RATIOS[name].usual) ** 2, 0);
}

function variancesOf(
  common: SlopeVariances['common'],
  { deviation, groupScale, groupRatio, neuronRatio }: Ratios,
): SlopeVariances {
  const groups = deviation * groupScale;
  return {
    common,
    attention: { module: groups, unit: groups * groupRatio },
    ffn: { module: deviation, unit: deviation * neuronRatio },
  };
}
