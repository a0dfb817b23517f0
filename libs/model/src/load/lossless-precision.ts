import type { Checkpoint, TensorDtype } from '@bonsai/checkpoint';
import type { WeightPrecision } from '@bonsai/ops';

const PRECISIONS: Readonly<Record<TensorDtype, WeightPrecision>> = { F32: 'f32', F16: 'f16', BF16: 'bf16' };

/** The smallest number format that holds a checkpoint's matrices as they are stored: their own, or f32 for several. */
export function losslessPrecision({ tensors }: Pick<Checkpoint, 'tensors'>): WeightPrecision {
  const matrices = [...tensors.values()].filter(({ shape }) => shape.length === 2);
  const [dtype = 'F32', ...others] = new Set(matrices.map((matrix) => matrix.dtype));
  return others.length === 0 ? PRECISIONS[dtype] : 'f32';
}
