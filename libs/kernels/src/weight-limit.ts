import type { KernelContext } from './kernel-context.ts';

/** Where rounding gives an infinity: half a step above the largest value of the format. */
const F16_LIMIT = 65_520;
const BF16_LIMIT = (2 - 2 ** -8) * 2 ** 127;
/** The same for bf16 weights on matrix units, which take them as f16, times MATRIX_SCALE of weight-bf16.wgsl. */
const BF16_MATRIX_LIMIT = 255.5;

/** Magnitude that weights have to stay below. */
export function weightLimit({ precision, tiling }: Pick<KernelContext, 'precision' | 'tiling'>): number {
  if (precision === 'f32') return Number.POSITIVE_INFINITY;
  if (precision === 'f16') return F16_LIMIT;
  return tiling === 'matrix' ? BF16_MATRIX_LIMIT : BF16_LIMIT;
}
