import type { Backend, HostRows } from '@bonsai/ops';
import { BonsaiError } from '@bonsai/support';

type Rows = HostRows & { readonly data: AsyncIterable<Float32Array> };

/**
 * Rows of a tensor whose values are looked at on their way to a backend, so that none becomes infinite without a word.
 * @throws BonsaiError WEIGHT_OUT_OF_RANGE naming the tensor, while they are read
 */
export function withinRange(rows: Rows, tensor: string, backend: Backend): Rows {
  return { ...rows, data: { [Symbol.asyncIterator]: () => checked(rows.data, tensor, backend) } };
}

async function* checked(
  blocks: AsyncIterable<Float32Array>,
  tensor: string,
  backend: Backend,
): AsyncGenerator<Float32Array, void, undefined> {
  for await (const values of blocks) {
    checkRange(values, tensor, backend);
    yield values;
  }
}

/** @throws BonsaiError WEIGHT_OUT_OF_RANGE naming the tensor, if a weight of a backend could not be one of the values */
export function checkRange(values: Float32Array, tensor: string, { weightPrecision, weightLimit }: Backend): void {
  const large = weightLimit === Number.POSITIVE_INFINITY ? undefined : firstBeyond(values, weightLimit);
  if (large !== undefined) throw outOfRange(tensor, large, weightPrecision);
}

/** Every weight goes through here: a function called for each of them costs more than all that reads and packs them. */
function firstBeyond(values: Float32Array, limit: number): number | undefined {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value >= limit || value <= -limit) return value;
  }
  return undefined;
}

function outOfRange(tensor: string, value: number, precision: string): BonsaiError {
  const message = `Tensor ${tensor} holds ${value}, beyond what ${precision} weights can be on this device; choose precision f32.`;
  return new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'WEIGHT_OUT_OF_RANGE', field: tensor });
}
