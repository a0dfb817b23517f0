import type { Checkpoint } from '@bonsai/checkpoint';
import type { HostMatrix } from '@bonsai/ops';

/** A whole tensor as a matrix; a vector is one row. @throws BonsaiError as {@link Checkpoint.readFloats} */
export async function readTensor(checkpoint: Checkpoint, name: string): Promise<HostMatrix> {
  const data = await checkpoint.readFloats(name);
  const shape = checkpoint.tensors.get(name)?.shape ?? [];
  const cols = shape.at(-1) ?? data.length;
  return { rows: data.length / cols, cols, data };
}
