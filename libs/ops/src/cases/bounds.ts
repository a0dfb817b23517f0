import type { OpCase } from './op-case.ts';

/**
 * Sums in f32 instead of f64: about 2^-24 relative per rounding, growing with the root of the number of terms. The
 * squares of a few units in the last place stay below this.
 */
const F32_SUMS = 1e-12;

/** An op without weights is as exact on an f16 backend. */
export const WITHOUT_WEIGHTS: OpCase['bound'] = { f32: F32_SUMS, f16: F32_SUMS };

/**
 * Weights rounded to f16: 2^-11 at most, about 2^-12.8 root mean square, of every weight, hence 2e-8 of the output's
 * energy; ten times that for cancellation in small sums.
 */
export const LINEAR: OpCase['bound'] = { f32: F32_SUMS, f16: 2e-7 };

/** Values are only copied: exact in f32, rounded once to f16. */
export const COPY: OpCase['bound'] = { f32: 0, f16: 2e-7 };

/** Two maps and exp, which WGSL grants 3 + 2|x| units in the last place; the product adds the errors of its factors. */
export const GATED: OpCase['bound'] = { f32: 1e-11, f16: 1e-6 };

/** exp of differences of scores: an absolute error of a score, up to 1e-6 for scores of 10, is relative after exp. */
export const ATTENTION: OpCase['bound'] = { f32: 1e-11, f16: 1e-11 };

/** As attention, over the vocabulary; an easy target leaves a difference of two nearly equal numbers. */
export const LOSS: OpCase['bound'] = { f32: 1e-11, f16: 1e-6 };
