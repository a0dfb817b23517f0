import { BF16_OVERFLOW, F16_OVERFLOW } from '@bonsai/support';
import type { KernelContext } from './kernel-context.ts';

/** BF16_OVERFLOW for weights on matrix units, which take them as f16, times MATRIX_SCALE of weight-bf16.wgsl. */
const BF16_MATRIX_LIMIT = 255.5;

/** Magnitude that weights have to stay below. */
export function weightLimit({ precision, tiling }: Pick<KernelContext, 'precision' | 'tiling'>): number {
  if (precision === 'f32') return Number.POSITIVE_INFINITY;
  if (precision === 'f16') return F16_OVERFLOW;
  return tiling === 'matrix' ? BF16_MATRIX_LIMIT : BF16_OVERFLOW;
}
