import { MODEL_TENSORS } from '@bonsai/checkpoint';
import type { Checkpoint, TensorDtype } from '@bonsai/checkpoint';
import type { WeightPrecision } from '@bonsai/ops';

const PRECISIONS: Readonly<Record<TensorDtype, WeightPrecision>> = { F32: 'f32', F16: 'f16', BF16: 'bf16' };

/**
 * The smallest number format that holds a checkpoint's matrices, and the head's bias that is packed with one, as they are stored: their
 * own, or f32 for several.
 */
export function losslessPrecision({ tensors }: Pick<Checkpoint, 'tensors'>): WeightPrecision {
  const packed = [...tensors.values()].filter(
    ({ name, shape }) => shape.length === 2 || name === MODEL_TENSORS.headBias,
  );
  const [dtype = 'F32', ...others] = new Set(packed.map((tensor) => tensor.dtype));
  return others.length === 0 ? PRECISIONS[dtype] : 'f32';
}
