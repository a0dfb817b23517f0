import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BonsaiError } from '@bonsai/support';
import type { Checkpoint } from './checkpoint.ts';
import { checkTensors } from './config/check-tensors.ts';
import type { PlacedTensor } from './config/check-tensors.ts';
import { checkTiedHead } from './config/check-tied-head.ts';
import { checkZeroBiases } from './config/check-zero-biases.ts';
import { CONFIG_FILE } from './config/config-fields.ts';
import { readConfig } from './config/read-config.ts';
import { checkpointRevision } from './revision.ts';
import { decodeFloats, FLOAT_BYTES } from './floats/decode-floats.ts';
import { openShards } from './safetensors/open-shards.ts';
import type { LocatedTensor, OpenShards } from './safetensors/open-shards.ts';

/** Raw bytes held while a tensor is widened. A multiple of every element size. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Opens a Hugging Face checkpoint directory: `config.json` and `model.safetensors` or its shards. Everything but the
 * weights' values is checked here. Files stay open until {@link Checkpoint.close}.
 * @throws BonsaiError CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT, SHARD_MISSING, UNKNOWN_ARCHITECTURE, CONFIG_INVALID,
 * TENSOR_MISSING, TENSOR_SHAPE, TENSOR_DTYPE
 */
export async function openCheckpoint(directory: string): Promise<Checkpoint> {
  const configBytes = await readConfigFile(directory);
  const { config, notes } = readConfig(configBytes);
  const shards = await openShards(directory);
  try {
    const placed = checkTensors(config, shards.tensors);
    await checkTiedHead(config, shards.tensors);
    await checkZeroBiases(config, shards.tensors);
    const revision = await checkpointRevision(configBytes, shards);
    return {
      directory,
      config,
      revision,
      tensors: new Map([...placed].map(([name, { info }]) => [name, info])),
      notes,
      readFloats: async (name, rows) => readFloats(placed.get(name), name, rows),
      close: async () => closeAll(shards),
    };
  } catch (error) {
    await closeAll(shards);
    throw error;
  }
}

async function closeAll(shards: OpenShards): Promise<void> {
  await Promise.all(shards.files.map((file) => file.close()));
}

async function readConfigFile(directory: string): Promise<Uint8Array> {
  return readFile(join(directory, CONFIG_FILE)).catch((cause: unknown) => {
    const message =
      `${directory} has no readable ${CONFIG_FILE}; give the directory of a Hugging Face checkpoint, ` +
      'such as `hf download OWNER/NAME --local-dir DIR` makes.';
    throw new BonsaiError(message, { code: 'NOT_FOUND', reason: 'CHECKPOINT_NOT_FOUND', field: directory, cause });
  });
}

async function readFloats(
  tensor: PlacedTensor | undefined,
  name: string,
  rows?: { readonly start: number; readonly count: number },
): Promise<Float32Array> {
  if (tensor === undefined) {
    throw new BonsaiError(`The checkpoint has no tensor ${name}.`, {
      code: 'FAILED_PRECONDITION',
      reason: 'TENSOR_MISSING',
      field: name,
    });
  }
  const { info, firstRow } = tensor;
  const rowElements = info.shape.slice(1).reduce((product, size) => product * size, 1);
  const { start, count } = rows ?? { start: 0, count: info.shape[0] ?? 1 };
  if (start < 0 || count < 0 || start + count > (info.shape[0] ?? 1)) {
    throw new RangeError(`rows ${start} to ${start + count} are outside tensor ${name} of ${info.shape[0]} rows`);
  }
  return readElements(tensor, (firstRow + start) * rowElements, count * rowElements);
}

/** @param first element of the tensor of the file */
async function readElements(
  { info: { dtype }, located }: PlacedTensor,
  first: number,
  count: number,
): Promise<Float32Array> {
  const { file, entry } = located;
  const elementBytes = FLOAT_BYTES[dtype];
  const values = new Float32Array(count);
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, count * elementBytes));
  const position = entry.start + first * elementBytes;
  for (let done = 0; done < count; done += chunk.byteLength / elementBytes) {
    const bytes = chunk.subarray(0, Math.min(chunk.byteLength, (count - done) * elementBytes));
    await file.read(bytes, position + done * elementBytes);
    const bad = decodeFloats(bytes, dtype, values, done);
    if (bad >= 0) throw notFinite(located, first + bad, values[bad] ?? Number.NaN);
  }
  return values;
}

function notFinite({ entry, file }: LocatedTensor, element: number, value: number): BonsaiError {
  const columns = entry.shape[1];
  const index = columns === undefined ? [element] : [Math.floor(element / columns), element % columns];
  const message = `Tensor ${entry.name} of ${file.name} is ${value} at [${index.join(', ')}]; the checkpoint is damaged or diverged.`;
  return new BonsaiError(message, { code: 'DATA_LOSS', reason: 'TENSOR_NOT_FINITE', field: entry.name });
}
