import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { UnitSet } from '@bonsai/pruning';
import type { Checkpoint } from '../checkpoint.ts';
import { corrupt } from '../checkpoint-errors.ts';
import { memoryTensor } from '../cut/tensor-stream.ts';
import { decodeFloats } from '../floats/decode-floats.ts';
import { SafetensorsFile } from '../safetensors/safetensors-file.ts';
import type { SafetensorsEntry } from '../safetensors/header.ts';
import { writeSafetensors } from '../safetensors/write-safetensors.ts';
import { outputColumns } from './output-columns.ts';

/** An output projection that was refitted after a cut: [rows, cols] over the columns that the cut leaves, row-major. */
export interface RecoveredTensor {
  /** As the checkpoint calls it. */
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}

/** Writes recovered weights as a safetensors file of f32; equal weights in equal order give equal bytes. */
export async function writeRecovered(path: string, tensors: readonly RecoveredTensor[]): Promise<void> {
  const streams = tensors.map(({ name, rows, cols, data }) => memoryTensor(name, [rows, cols], data));
  await writeSafetensors(
    path,
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
 * its old values, since it is not read. Closing it closes the original too.
 * @throws BonsaiError CHECKPOINT_CORRUPT if the file is damaged or belongs to another cut or model; the original is closed
 */
export async function openRecovered(checkpoint: Checkpoint, cut: UnitSet, path: string): Promise<Checkpoint> {
  let file: SafetensorsFile | undefined;
  try {
    file = await SafetensorsFile.open(path, 'the recovered weights');
    const weights = file;
    const columns = outputColumns(checkpoint.config, cut);
    const entries = new Map(weights.entries.map((entry) => [entry.name, entry]));
    for (const entry of weights.entries) checkEntry(entry, checkpoint.config.hiddenSize, columns);
    return {
      ...checkpoint,
      async readFloats(name, rows) {
        const values = await checkpoint.readFloats(name, rows);
        const entry = entries.get(name);
        if (entry === undefined) return values;
        const place = { width: checkpoint.tensors.get(name)?.shape[1] ?? 0, columns: columns.get(name) ?? [] };
        await replaceColumns(values, place, weights, entry, rows?.start ?? 0);
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

function checkEntry(
  { name, dtype, shape }: SafetensorsEntry,
  hiddenSize: number,
  columns: ReadonlyMap<string, readonly number[]>,
): void {
  const expected = columns.get(name);
  if (expected !== undefined && dtype === 'F32' && shape.join() === `${hiddenSize},${expected.length}`) return;
  const found = `${dtype} [${shape.join(', ')}]`;
  throw corrupt(
    name,
    `The recovered tensor ${name}, ${found}, does not fit this plan; use the file written beside it.`,
  );
}

/** Overwrites the kept columns of some consecutive rows. */
async function replaceColumns(
  values: Float32Array,
  { width, columns }: { readonly width: number; readonly columns: readonly number[] },
  file: SafetensorsFile,
  entry: SafetensorsEntry,
  firstRow: number,
): Promise<void> {
  const rows = values.length / width;
  const bytes = new Uint8Array(rows * columns.length * Float32Array.BYTES_PER_ELEMENT);
  await file.read(bytes, entry.start + firstRow * columns.length * Float32Array.BYTES_PER_ELEMENT);
  const recovered = new Float32Array(rows * columns.length);
  if (decodeFloats(bytes, 'F32', recovered, 0) >= 0)
    throw corrupt(entry.name, `${entry.name} has values that are not finite.`);
  for (let row = 0; row < rows; row++) {
    for (const [i, column] of columns.entries())
      values[row * width + column] = recovered[row * columns.length + i] as number;
  }
}
