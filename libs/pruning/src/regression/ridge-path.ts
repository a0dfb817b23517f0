import { expand, project, type Spectrum } from '../linear-algebra/eigen.ts';

/** Ridges as multiples of the mean eigenvalue; the lowest is well above the rounding of f32 kernels. */
const RIDGES = Array.from({ length: 25 }, (_, i) => 10 ** (-5 + i / 4));

export interface RidgeChoice {
  readonly ridge: number;
  /** Sum of squared leave-one-out residuals. */
  readonly press: number;
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

/** The ridge of the path whose leave-one-out residuals are smallest; one eigendecomposition serves the whole path. */
export function chooseRidge(spectrum: Spectrum, response: Float64Array): RidgeChoice {
  const mean = spectrum.values.reduce((sum, value) => sum + value, 0) / spectrum.size;
  const scale = mean > 0 ? mean : 1;
  let best: RidgeChoice = { ridge: scale, press: Infinity };
  for (const factor of RIDGES) {
    const ridge = factor * scale;
    const press = leaveOneOutResiduals(spectrum, response, ridge).reduce((sum, residual) => sum + residual ** 2, 0);
    if (press < best.press) best = { ridge, press };
  }
  return best;
}
