import type { HostMatrix } from '@bonsai/ops';
import { cholesky, inverseBlock, invertLower } from './cholesky.ts';
import type { SquareMatrix } from './cholesky.ts';
import { atOnce } from './stepwise.ts';
import type { Stepwise } from './stepwise.ts';

/** Share of the mean diagonal that is added to H: the same that the least-squares repair adds. */
const RIDGE = 1e-2;

/** Columns of row-major matrices miss the cache at every row, which takes as long as so many multiplications. */
const CACHE_MISS = 32;

/**
 * Output energy that is lost when a block of neighbouring columns goes and the others are refitted by least squares: tr(W_G
 * [H^-1_GG]^-1 W_G^T) (Hassibi and Stork 1993), for every block of columns of W, in blocks of several widths.
 * @param gram H, the mean of x x^T, [columns, columns]; inverted once for all widths
 * @param weight W, [outputs, columns]
 * @param widths columns of a block; each divides those of W
 * @returns by width: one energy per block; NaN if H is not finite
 */
export function* obsEnergies(
  gram: SquareMatrix,
  weight: HostMatrix,
  widths: readonly number[],
): Stepwise<Float64Array[]> {
  const energies = widths.map((width) => new Float64Array(weight.cols / width));
  const ridge = RIDGE * meanDiagonal(gram);
  // Without any input there is no output to lose.
  if (ridge === 0) return energies;
  if (!Number.isFinite(ridge)) return energies.map((blocks) => blocks.fill(Number.NaN));
  const inverse = yield* invertLower(yield* cholesky(gram, ridge));
  for (const blocks of energies) yield* fillEnergies(blocks, inverse, weight);
  return energies;
}

/** A step is a block. @param inverse L^-1 with H + ridge I = L L^T */
function* fillEnergies(energies: Float64Array, inverse: SquareMatrix, weight: HostMatrix): Stepwise<void> {
  const width = weight.cols / energies.length;
  for (let block = 0; block < energies.length; block++) {
    const first = block * width;
    energies[block] = traceOfSolved(atOnce(cholesky(inverseBlock(inverse, first, width))), weight, first);
    yield CACHE_MISS * width * width * (inverse.size - first + weight.rows);
  }
}

/** H from the sums of x x^T over tokens. A step is a row. */
export function* meanGram(sums: Float32Array, size: number, tokens: number): Stepwise<SquareMatrix> {
  const data = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let at = row * size; at < (row + 1) * size; at++) data[at] = (sums[at] as number) / tokens;
    yield size;
  }
  return { size, data };
}

function meanDiagonal({ size, data }: SquareMatrix): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += data[i * size + i] as number;
  return sum / size;
}

/** tr(W_G B^-1 W_G^T) = sum of squares of M^-1 W_G^T with B = M M^T, by forward substitution for every row of W. */
function traceOfSolved({ size, data }: SquareMatrix, weight: HostMatrix, first: number): number {
  const solved = new Float64Array(size);
  let trace = 0;
  for (let r = 0; r < weight.rows; r++) {
    for (let i = 0; i < size; i++) {
      let value = weight.data[r * weight.cols + first + i] as number;
      for (let k = 0; k < i; k++) value -= (data[i * size + k] as number) * (solved[k] as number);
      solved[i] = value / (data[i * size + i] as number);
      trace += (solved[i] as number) ** 2;
    }
  }
  return trace;
}
