import { inverse, Matrix } from 'ml-matrix';

/** Plain Gaussian conditioning in the space of unknowns: the specification that kernel forms are tested against. */
export interface DensePosterior {
  readonly mean: number[];
  readonly covariance: Matrix;
}

/** Posterior of w ~ N(mean, C) given y = F w + noise of the given variances. */
export function conditionDensely(
  mean: readonly number[],
  C: Matrix,
  F: Matrix,
  y: readonly number[],
  noise: readonly number[],
): DensePosterior {
  const CF = C.mmul(F.transpose());
  const G = inverse(Matrix.add(F.mmul(CF), Matrix.diag([...noise])));
  const residual = Matrix.sub(Matrix.columnVector([...y]), F.mmul(Matrix.columnVector([...mean])));
  const change = CF.mmul(G).mmul(residual).to1DArray();
  return {
    mean: mean.map((value, i) => value + change[i]!),
    covariance: Matrix.sub(C, CF.mmul(G).mmul(CF.transpose())),
  };
}
