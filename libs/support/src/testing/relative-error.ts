/** |actual - expected| / |expected|, the measure in which numeric bounds of this project are stated. */
export function relativeError(actual: number, expected: number): number {
  return Math.abs(actual - expected) / Math.max(Math.abs(expected), Number.MIN_VALUE);
}

/** Largest relative error over two sequences of the same length; NaN if any element's error is. */
export function maxRelativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new RangeError(`lengths differ: ${actual.length} and ${expected.length}`);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    worst = Math.max(worst, relativeError(actual[i] as number, expected[i] as number));
  }
  return worst;
}

/** Normalised mean square error: mean((a - e)^2) / mean(e^2). */
export function normalizedMeanSquareError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new RangeError(`lengths differ: ${actual.length} and ${expected.length}`);
  let error = 0;
  let energy = 0;
  for (let i = 0; i < actual.length; i++) {
    const e = expected[i] as number;
    error += ((actual[i] as number) - e) ** 2;
    energy += e * e;
  }
  return energy === 0 ? error : error / energy;
}
