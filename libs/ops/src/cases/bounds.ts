import type { OpCase } from './op-case.ts';

type Bound = OpCase['bound'];

/**
 * Sums in f32 instead of f64: about 2^-24 relative per rounding, growing with the root of the number of terms. The
 * squares of a few units in the last place stay below this.
 */
const F32_SUMS = 1e-12;

/** Of an op without weights, which is as exact whatever they are stored in. */
export const withoutWeights = (bound: number): Bound => ({ f32: bound, f16: bound, bf16: bound });

/** Of an op with weights that were rounded; bf16 keeps three bits less than f16: 8 times the error, 64 times its energy. */
const withWeights = (f32: number, f16: number): Bound => ({ f32, f16, bf16: 64 * f16 });

export const WITHOUT_WEIGHTS: Bound = withoutWeights(F32_SUMS);

/**
 * Weights rounded to f16: 2^-11 at most, about 2^-12.8 root mean square, of every weight, hence 2e-8 of the output's
 * energy; ten times that for cancellation in small sums.
 */
export const LINEAR: Bound = withWeights(F32_SUMS, 2e-7);

/** Values are only copied: exact in f32, rounded once to 16 bits. */
export const COPY: Bound = withWeights(0, 2e-7);

/** Two maps and exp, which WGSL grants 3 + 2|x| units in the last place; the product adds the errors of its factors. */
export const GATED: Bound = withWeights(1e-11, 1e-6);

/** exp of differences of scores: an absolute error of a score, up to 1e-6 for scores of 10, is relative after exp. */
export const ATTENTION: Bound = withoutWeights(1e-11);

/** As attention, over the vocabulary; an easy target leaves a difference of two nearly equal numbers. */
export const LOSS: Bound = withWeights(1e-11, 1e-6);
