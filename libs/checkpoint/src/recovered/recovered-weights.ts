import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { UnitSet } from '@bonsai/pruning';
import type { Checkpoint, TensorInfo } from '../checkpoint.ts';
import { corrupt } from '../checkpoint-errors.ts';
import { memoryTensor } from '../cut/tensor-stream.ts';
import { decodeFloats } from '../floats/decode-floats.ts';
import { SafetensorsFile } from '../safetensors/safetensors-file.ts';
import type { SafetensorsEntry } from '../safetensors/header.ts';
import { writeSafetensors } from '../safetensors/write-safetensors.ts';
import { recoverableTensors } from './recoverable-tensors.ts';
import type { RecoverableTensor } from './recoverable-tensors.ts';

/** An output projection that was refitted after a cut, over the columns that the cut leaves, a bias for it, or the final norm. */
export interface RecoveredTensor {
  /** As the checkpoint calls it, or would call it. */
  readonly name: string;
  /** [hidden, columns], or [hidden] for a bias and for the norm. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

/**
 * Writes recovered weights as a safetensors file of f32; equal weights in equal order give equal bytes.
 * @param file path of a new file, or an empty one that is open for writing and stays open
 */
export async function writeRecovered(file: string | FileHandle, tensors: readonly RecoveredTensor[]): Promise<void> {
  const streams = tensors.map(({ name, shape, data }) => memoryTensor(name, shape, data));
  await writeSafetensors(
    file,
    streams.map((stream) => ({ stream, dtype: 'F32' })),
  );
}

/** SHA-256 (hex) of a file's bytes, the content address of recovered weights. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/**
 * The checkpoint with recovered weights in place of its own, in the shapes of the original: what the cut has removed keeps
 * its old values, since it is not read. Biases are added to its tensors. Closing it closes the original too.
 * @throws BonsaiError CHECKPOINT_CORRUPT if the file is damaged or belongs to another cut or model; the original is closed
 */
export async function openRecovered(checkpoint: Checkpoint, cut: UnitSet, path: string): Promise<Checkpoint> {
  let file: SafetensorsFile | undefined;
  try {
    file = await SafetensorsFile.open(path, 'the recovered weights');
    const weights = file;
    const recoverable = recoverableTensors(checkpoint.config, cut);
    const entries = new Map(weights.entries.map((entry) => [entry.name, entry]));
    for (const entry of weights.entries) checkEntry(entry, recoverable.get(entry.name));
    const added = weights.entries.filter(({ name }) => !checkpoint.tensors.has(name));
    return {
      ...checkpoint,
      tensors: new Map([...checkpoint.tensors, ...added.map(biasInfo)]),
      async readFloats(name, rows) {
        const entry = entries.get(name);
        if (entry === undefined) return checkpoint.readFloats(name, rows);
        const columns = recoverable.get(name)?.columns;
        if (columns === undefined) return readRows(weights, entry, 1, rows ?? { start: 0, count: entry.shape[0] ?? 0 });
        const values = await checkpoint.readFloats(name, rows);
        const width = checkpoint.tensors.get(name)?.shape[1] ?? 0;
        const read = { start: rows?.start ?? 0, count: values.length / width };
        replaceColumns(values, width, columns, await readRows(weights, entry, columns.length, read));
        return values;
      },
      async close() {
        await weights.close();
        await checkpoint.close();
      },
    };
  } catch (error) {
    await file?.close();
    await checkpoint.close();
    throw error;
  }
}

function biasInfo({ name, shape }: SafetensorsEntry): [string, TensorInfo] {
  return [name, { name, dtype: 'F32', shape }];
}

function checkEntry({ name, dtype, shape }: SafetensorsEntry, expected: RecoverableTensor | undefined): void {
  if (dtype === 'F32' && shape.join() === expected?.shape.join()) return;
  const found = `${dtype} [${shape.join(', ')}]`;
  throw corrupt(
    name,
    `The recovered tensor ${name}, ${found}, does not fit this plan; use the file written beside it.`,
  );
}

/** Some consecutive rows of an f32 tensor of the given width. */
async function readRows(
  file: SafetensorsFile,
  entry: SafetensorsEntry,
  width: number,
  { start, count }: { readonly start: number; readonly count: number },
): Promise<Float32Array> {
  const bytes = new Uint8Array(count * width * Float32Array.BYTES_PER_ELEMENT);
  await file.read(bytes, entry.start + start * width * Float32Array.BYTES_PER_ELEMENT);
  const values = new Float32Array(count * width);
  if (decodeFloats(bytes, 'F32', values, 0) >= 0) {
    throw corrupt(entry.name, `${entry.name} has values that are not finite.`);
  }
  return values;
}

/** Overwrites the named columns of rows of the given width. */
function replaceColumns(
  values: Float32Array,
  width: number,
  columns: readonly number[],
  replacement: Float32Array,
): void {
  for (let row = 0; row < values.length / width; row++) {
    // By index: entries() would cost more than reading the values.
    for (let i = 0; i < columns.length; i++) {
      values[row * width + (columns[i] as number)] = replacement[row * columns.length + i] as number;
    }
  }
}
