import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeRawSafetensors } from '@bonsai/checkpoint/testing';
import { normal, seededRandom } from '@bonsai/support';
import { DEMO_MODEL } from '../../export/support/demo-model.ts';

/** A checkpoint as its files describe it: config.json, and every tensor by its name in the files. */
export interface CheckpointFiles {
  readonly config: Readonly<Record<string, unknown>>;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/**
 * Writes a checkpoint of random f32 weights, with the tokenizer of the bundled model. What a family has in its files is
 * not asked of our own code, which has to find there what others write.
 */
export async function writeRandomCheckpoint(directory: string, files: CheckpointFiles, seed: number): Promise<void> {
  await mkdir(directory);
  await writeFile(join(directory, 'config.json'), JSON.stringify(files.config));
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    await copyFile(join(DEMO_MODEL, name), join(directory, name));
  }
  const header: Record<string, object> = {};
  const data: Buffer[] = [];
  let end = 0;
  for (const [name, shape] of files.shapes) {
    const bytes = randomTensor(name, shape, seed + data.length);
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
    data.push(bytes);
  }
  await writeRawSafetensors(join(directory, 'model.safetensors'), header, Buffer.concat(data));
}

/** Sizes that keep activations near 1 and let every kind of tensor matter. */
function randomTensor(name: string, shape: readonly number[], seed: number): Buffer {
  const random = seededRandom(seed);
  const isBias = name.endsWith('.bias');
  // Those that have to be there where others are, and that nobody computes with.
  if (/\.(gate|up)_proj\.bias$/.test(name)) return Buffer.alloc(Float32Array.BYTES_PER_ELEMENT * (shape[0] ?? 0));
  const mean = shape.length === 1 && !isBias ? 1 : 0;
  const deviation = shape.length === 1 ? 0.4 : 1.5 / Math.sqrt(shape[1] ?? 1);
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: count }, () => mean + deviation * normal(random));
  return Buffer.from(values.buffer);
}
