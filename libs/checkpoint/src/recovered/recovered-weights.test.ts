import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { layerTensorName } from '../config/tensor-names.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { openCheckpoint } from '../open-checkpoint.ts';
import { cutOf } from '../testing/cut-of.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../testing/tiny-checkpoint.ts';
import { addedBiases } from './output-biases.ts';
import { fileDigest, openRecovered, writeRecovered } from './recovered-weights.ts';

const HIDDEN = TINY_CONFIG.hidden_size;
const OUTPUT = layerTensorName(1, 'attentionOutput');
const DOWN = layerTensorName(2, 'down');

const counting = (name: string, cols: number) => ({
  name,
  cols,
  shape: [HIDDEN, cols],
  data: Float32Array.from({ length: HIDDEN * cols }, (_, i) => i / 7),
});

describe('recovered weights', () => {
  const temporary = useTemporaryDirectory();
  const open = (): Promise<Checkpoint> => openCheckpoint(temporary.path('model'));
  const cutFor = ({ config }: Checkpoint) => cutOf(config, { 1: { groups: [0] }, 2: { neurons: [1, 2, 9] } });
  const columns = { [OUTPUT]: Array.from({ length: 12 }, (_, i) => 12 + i), [DOWN]: [0, 3, 4, 5, 6, 7, 8] };
  const tensors = [counting(OUTPUT, 12), counting(DOWN, 7)];
  const path = (): string => temporary.path('recovered.safetensors');

  beforeAll(async () => {
    await writeTinyCheckpoint(temporary.path('model'));
    await writeRecovered(path(), tensors);
  });

  it('take the place of the kept columns and of nothing else, whole or by rows', async () => {
    const plain = await open();
    const recovered = await openRecovered(await open(), cutFor(plain), path());
    for (const name of plain.tensors.keys()) {
      const expected = await plain.readFloats(name);
      const width = plain.tensors.get(name)?.shape[1] ?? 1;
      const own = tensors.find((tensor) => tensor.name === name);
      for (const [i, value] of own?.data.entries() ?? []) {
        const at = Math.floor(i / own!.cols) * width + (columns[name]?.[i % own!.cols] ?? 0);
        expected[at] = value;
      }
      expect(await recovered.readFloats(name)).toEqual(expected);
      const rows = await recovered.readFloats(name, { start: 3, count: 2 });
      expect(rows).toEqual(expected.slice(3 * width, 5 * width));
    }
    await recovered.close();
    await plain.close();
  });

  it('add biases of output projections to the tensors of the checkpoint', async () => {
    const bias = {
      name: layerTensorName(1, 'attentionOutputBias'),
      shape: [HIDDEN],
      data: tensors[0]!.data.slice(0, HIDDEN),
    };
    const file = temporary.path('biased.safetensors');
    await writeRecovered(file, [bias, tensors[1]!]);
    const plain = await open();
    const recovered = await openRecovered(await open(), cutFor(plain), file);
    expect(plain.tensors.has(bias.name)).toBe(false);
    expect(recovered.tensors.get(bias.name)).toEqual({ name: bias.name, dtype: 'F32', shape: [HIDDEN] });
    expect(await recovered.readFloats(bias.name)).toEqual(bias.data);
    expect(await recovered.readFloats(bias.name, { start: 2, count: 3 })).toEqual(bias.data.slice(2, 5));
    expect(await recovered.readFloats(OUTPUT)).toEqual(await plain.readFloats(OUTPUT));
    expect(addedBiases(recovered, 1)).toEqual(['attentionOutputBias']);
    expect(addedBiases(recovered, 2)).toEqual([]);
    await recovered.close();
    await plain.close();
  });

  it('have one digest, whenever they are written', async () => {
    const again = temporary.path('again.safetensors');
    await writeRecovered(again, tensors);
    expect(await fileDigest(again)).toBe(await fileDigest(path()));
    expect(await fileDigest(again)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are refused by another cut, naming the tensor', async () => {
    const checkpoint = await open();
    const other = cutOf(checkpoint.config, { 1: { groups: [1] }, 2: { neurons: [1, 2] } });
    await expect(openRecovered(checkpoint, other, path())).rejects.toMatchObject({
      reason: 'CHECKPOINT_CORRUPT',
      field: DOWN,
    });
    const whole = await open();
    const gone = cutOf(whole.config, { 1: { groups: [0, 1] } });
    await expect(openRecovered(whole, gone, path())).rejects.toMatchObject({ field: OUTPUT });
  });

  it('are refused where the file is cut short', async () => {
    const short = temporary.path('short.safetensors');
    await writeFile(short, (await readFile(path())).subarray(0, -4));
    const checkpoint = await open();
    await expect(openRecovered(checkpoint, cutFor(checkpoint), short)).rejects.toMatchObject({
      reason: 'CHECKPOINT_CORRUPT',
    });
  });
});
