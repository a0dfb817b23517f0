import { EigenvalueDecomposition, Matrix as MlMatrix } from 'ml-matrix';
import type { Matrix } from './matrix.ts';

/** K = Q diag(values) Qᵀ of a symmetric K; `vectors` is Q, row-major: column k belongs to value k. */
export interface Spectrum {
  readonly size: number;
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** @param kernel symmetric, positive semi-definite; eigenvalues that rounding made negative become 0 */
export function symmetricSpectrum(kernel: Matrix): Spectrum {
  const size = kernel.rows;
  const source = MlMatrix.from1DArray(size, size, kernel.values);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(source, { assumeSymmetric: true });
  return {
    size,
    values: Float64Array.from(realEigenvalues, (value) => Math.max(0, value)),
    vectors: Float64Array.from(eigenvectorMatrix.to1DArray()),
  };
}

/** (K + ridge I)^-1 v */
export function solveShifted(spectrum: Spectrum, ridge: number, v: Float64Array): Float64Array {
  return expand(
    spectrum,
    project(spectrum, v).map((value, k) => value / ((spectrum.values[k] as number) + ridge)),
  );
}

/** (K + ridge I)^-1: a symmetric [n, n]. */
export function inverseShifted(spectrum: Spectrum, ridge: number): Float64Array {
  const { size } = spectrum;
  const inverse = new Float64Array(size * size);
  const unit = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    unit[i] = 1;
    inverse.set(solveShifted(spectrum, ridge, unit), i * size);
    unit[i] = 0;
  }
  return inverse;
}

/** Qᵀ v */
export function project({ size, vectors }: Spectrum, v: Float64Array): Float64Array {
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      out[k] = (out[k] as number) + (vectors[i * size + k] as number) * (v[i] as number);
    }
  }
  return out;
}

/** Q c */
export function expand({ size, vectors }: Spectrum, c: Float64Array): Float64Array {
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += (vectors[i * size + k] as number) * (c[k] as number);
    out[i] = sum;
  }
  return out;
}
