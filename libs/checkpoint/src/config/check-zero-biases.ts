import { unusable } from '../checkpoint-errors.ts';
import { decodeFloats, FLOAT_BYTES, isTensorDtype } from '../floats/decode-floats.ts';
import type { ModelConfig } from '../model-config.ts';
import type { LocatedTensor } from '../safetensors/open-shards.ts';

const NAMES = /^model\.layers\.\d+\.mlp\.(gate|up)_proj\.bias$/;

/** Whether a tensor comes with the biases that a model has, but is computed with nowhere. */
export function isZeroBias(name: string, { biasFlags }: ModelConfig): boolean {
  return biasFlags.includes('mlp_bias') && NAMES.test(name);
}

/**
 * A config with biases behind the FFN has them in front of it too: zeros where a recovered bias is why it has any. Others
 * would be left out of the forward pass in silence.
 * @throws BonsaiError UNKNOWN_ARCHITECTURE
 */
export async function checkZeroBiases(config: ModelConfig, located: ReadonlyMap<string, LocatedTensor>): Promise<void> {
  for (const [name, tensor] of located) {
    if (!isZeroBias(name, config) || (await isZero(tensor))) continue;
    const message = `Tensor ${name} is not zero; a model with biases of gate or up projections is not supported.`;
    throw unusable('UNKNOWN_ARCHITECTURE', name, message);
  }
}

async function isZero({ entry: { dtype, start, end }, file }: LocatedTensor): Promise<boolean> {
  if (!isTensorDtype(dtype)) return false;
  const bytes = new Uint8Array(end - start);
  await file.read(bytes, start);
  const values = new Float32Array(bytes.byteLength / FLOAT_BYTES[dtype]);
  decodeFloats(bytes, dtype, values, 0);
  return values.every((value) => value === 0);
}
