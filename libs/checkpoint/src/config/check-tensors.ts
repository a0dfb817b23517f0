import { BonsaiError } from '@bonsai/support';
import { unusable } from '../checkpoint-errors.ts';
import type { TensorDtype, TensorInfo } from '../checkpoint.ts';
import type { ModelConfig } from '../model-config.ts';
import { isTensorDtype } from '../floats/decode-floats.ts';
import type { LocatedTensor } from '../safetensors/open-shards.ts';
import { isZeroBias } from './check-zero-biases.ts';
import { CONFIG_FILE } from './config-fields.ts';
import { fileTensors } from './tensor-layout.ts';
import type { FileTensor } from './tensor-layout.ts';
import { MODEL_TENSORS } from './tensor-names.ts';

/** Buffers that old versions of transformers saved; they follow from config.json. */
const DERIVED = /^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/;

/** A tensor of the model, and where it begins in the tensor of the file that holds it. */
export interface PlacedTensor {
  readonly info: TensorInfo;
  readonly located: LocatedTensor;
  readonly firstRow: number;
}

/**
 * Holds the tensors of the files against those that config.json implies.
 * @returns the tensors of the architecture by name; others that do no harm are left out
 * @throws BonsaiError TENSOR_MISSING, TENSOR_SHAPE, TENSOR_DTYPE, CONFIG_INVALID
 */
export function checkTensors(
  config: ModelConfig,
  located: ReadonlyMap<string, LocatedTensor>,
): ReadonlyMap<string, PlacedTensor> {
  const names = new Set<string>();
  const placed: PlacedTensor[] = [];
  for (const expected of fileTensors(config)) {
    placed.push(...placeParts(expected, checkTensor(expected, located)));
    names.add(expected.name);
  }
  for (const name of located.keys()) if (!names.has(name)) refuseForeignTensor(name, config);
  return new Map(placed.map((tensor) => [tensor.info.name, tensor]));
}

function placeParts({ parts }: FileTensor, { dtype, located }: CheckedTensor): PlacedTensor[] {
  let firstRow = 0;
  return parts.map(({ name, shape }) => {
    const tensor = { info: { name, dtype, shape }, located, firstRow };
    firstRow += shape[0] ?? 0;
    return tensor;
  });
}

interface CheckedTensor {
  readonly dtype: TensorDtype;
  readonly located: LocatedTensor;
}

function checkTensor(expected: FileTensor, located: ReadonlyMap<string, LocatedTensor>): CheckedTensor {
  const { name, shape, because } = expected;
  const tensor = located.get(name);
  if (tensor === undefined) {
    const hint = name === MODEL_TENSORS.head ? ' (tie_word_embeddings is not true)' : '';
    const message = `The checkpoint has no tensor ${name}, which ${CONFIG_FILE} asks for${hint}; is the download complete?`;
    throw new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'TENSOR_MISSING', field: name });
  }
  const { entry, file } = tensor;
  if (entry.shape.length !== shape.length || entry.shape.some((size, axis) => size !== shape[axis])) {
    const message =
      `Tensor ${name} of ${file.name} is [${entry.shape.join(', ')}], but ${CONFIG_FILE} asks for ` +
      `[${shape.join(', ')}] (${because}); config and weights are not of the same model.`;
    throw unusable('TENSOR_SHAPE', name, message);
  }
  if (!isTensorDtype(entry.dtype)) {
    const message = `Tensor ${name} of ${file.name} is ${entry.dtype}; convert the checkpoint to F32, F16 or BF16.`;
    throw unusable('TENSOR_DTYPE', name, message);
  }
  return { dtype: entry.dtype, located: tensor };
}

/** A tensor inside the layers that the architecture does not have would be left out of the forward pass in silence. */
function refuseForeignTensor(name: string, config: ModelConfig): void {
  const layer = /^model\.layers\.(\d+)\./.exec(name)?.[1];
  if (layer === undefined || DERIVED.test(name)) return;
  if (Number(layer) >= config.layerCount) {
    const message = `The checkpoint has tensor ${name}, but num_hidden_layers of ${CONFIG_FILE} is ${config.layerCount}.`;
    throw unusable('CONFIG_INVALID', 'num_hidden_layers', message);
  }
  if (isZeroBias(name, config)) return;
  const message = `Tensor ${name} is not part of the ${config.family} architecture that ${CONFIG_FILE} names.`;
  throw unusable('CONFIG_INVALID', name, message);
}
