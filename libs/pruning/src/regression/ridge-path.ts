import { expand, project, type Spectrum } from '../linear-algebra/eigen.ts';

/** Ridges as multiples of the mean eigenvalue; the lowest is well above the rounding of f32 kernels. */
const RIDGES = Array.from({ length: 21 }, (_, i) => 10 ** (-4 + i / 4));

export interface RidgeChoice {
  readonly ridge: number;
  /** Twice the negative logarithm of the marginal likelihood, up to a constant. */
  readonly surprise: number;
}

/**
 * Leave-one-out residuals of kernel ridge regression, exact and without refitting: with G = (K + ridge I)^-1 the residual
 * of row i is (G y)_i / G_ii.
 */
export function leaveOneOutResiduals(spectrum: Spectrum, response: Float64Array, ridge: number): Float64Array {
  const { size, values, vectors } = spectrum;
  const inverse = values.map((value) => 1 / (value + ridge));
  const dual = expand(
    spectrum,
    project(spectrum, response).map((value, k) => value * (inverse[k] as number)),
  );
  return dual.map((value, i) => {
    let diagonal = 0;
    for (let k = 0; k < size; k++) diagonal += (vectors[i * size + k] as number) ** 2 * (inverse[k] as number);
    return value / diagonal;
  });
}

/** The ridge of the path under which the response is most probable, as a draw from N(0, scale (K + ridge I)). */
export function chooseRidge(spectrum: Spectrum, response: Float64Array): RidgeChoice {
  const mean = spectrum.values.reduce((sum, value) => sum + value, 0) / spectrum.size;
  const scale = mean > 0 ? mean : 1;
  const rotated = project(spectrum, response);
  let best: RidgeChoice = { ridge: scale, surprise: Infinity };
  for (const factor of RIDGES) {
    const ridge = factor * scale;
    const surprise = surpriseAt(spectrum.values, rotated, ridge);
    if (surprise < best.surprise) best = { ridge, surprise };
  }
  return best;
}

/** With the scale that fits best, r^T (K + ridge I)^-1 r / n: n log scale + log det (K + ridge I). */
function surpriseAt(eigenvalues: Float64Array, rotated: Float64Array, ridge: number): number {
  let energy = 0;
  let logDeterminant = 0;
  for (const [k, value] of eigenvalues.entries()) {
    energy += (rotated[k] as number) ** 2 / (value + ridge);
    logDeterminant += Math.log(value + ridge);
  }
  return rotated.length * Math.log(energy / rotated.length) + logDeterminant;
}
