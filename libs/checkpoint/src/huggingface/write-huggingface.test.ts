import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import type { Checkpoint, TensorDtype } from '../checkpoint.ts';
import { layerTensorName } from '../config/tensor-names.ts';
import { elementCount } from '../cut/tensor-stream.ts';
import { decodeFloats, FLOAT_BYTES } from '../floats/decode-floats.ts';
import { openCheckpoint } from '../open-checkpoint.ts';
import { openRecovered, writeRecovered } from '../recovered/recovered-weights.ts';
import { SafetensorsFile } from '../safetensors/safetensors-file.ts';
import { cutOf, range } from '../testing/cut-of.ts';
import type { Removed } from '../testing/cut-of.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../testing/tiny-checkpoint.ts';
import { sentencePieceTokenizer, writeTokenizer } from '../testing/tiny-tokenizers.ts';
import { writeHuggingFace } from './write-huggingface.ts';

const ONE_GROUP = { groups: [0], neurons: [2, 5] };
const EVERYTHING = { groups: [0, 1], neurons: range(10) };

describe('writeHuggingFace', () => {
  const temporary = useTemporaryDirectory();
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    await writeTinyCheckpoint(temporary.path('model'), { dtype: 'BF16' });
    await writeTokenizer(temporary.path('model'), sentencePieceTokenizer(), { bos_token: '<s>' });
    for (const name of ['generation_config.json', 'LICENSE.txt', 'optimizer.bin']) {
      await writeFile(join(temporary.path('model'), name), '{}');
    }
    checkpoint = await openCheckpoint(temporary.path('model'));
  });
  afterAll(async () => checkpoint.close());

  async function exported<T>(
    options: Partial<Parameters<typeof writeHuggingFace>[0]> & { removed?: Removed },
    inspect: (checkpoint: Checkpoint, config: Record<string, unknown>) => Promise<T> | T,
  ): Promise<T> {
    const directory = temporary.path('out');
    const source = options.checkpoint ?? checkpoint;
    const cut = cutOf(source.config, options.removed);
    await writeHuggingFace({ checkpoint: source, cut, directory, overwrite: true, ...options });
    const opened = await openCheckpoint(directory);
    try {
      return await inspect(
        opened,
        JSON.parse(await readFile(join(directory, 'config.json'), 'utf8')) as Record<string, unknown>,
      );
    } finally {
      await opened.close();
    }
  }

  it('gives an uncut model back, bit for bit', async () => {
    await exported({}, async (copy) => {
      expect(copy.config).toEqual(checkpoint.config);
      for (const [name, info] of checkpoint.tensors) {
        expect(copy.tensors.get(name)).toEqual(info);
        expect(await copy.readFloats(name)).toEqual(await checkpoint.readFloats(name));
      }
    });
  });

  it('says equal widths in a stock configuration', async () => {
    const removed = { 0: ONE_GROUP, 1: { groups: [1], neurons: [0, 9] }, 2: ONE_GROUP };
    await exported({ removed }, async (smaller, config) => {
      expect(config).toMatchObject({
        model_type: 'llama',
        num_attention_heads: 2,
        num_key_value_heads: 1,
        head_dim: 6,
        intermediate_size: 8,
        hidden_size: 16,
        bos_token_id: 1,
      });
      const queries = await smaller.readFloats('model.layers.1.self_attn.q_proj.weight');
      expect(queries).toEqual(
        await checkpoint.readFloats('model.layers.1.self_attn.q_proj.weight', { start: 0, count: 12 }),
      );
    });
  });

  it('pads differing widths with zeros at their original places', async () => {
    await exported({ removed: { 1: ONE_GROUP } }, async (padded, config) => {
      expect(config).toMatchObject({ num_attention_heads: 4, num_key_value_heads: 2, intermediate_size: 10 });
      const original = await checkpoint.readFloats('model.layers.1.mlp.down_proj.weight');
      const expected = original.map((value, at) => (at % 10 === 2 || at % 10 === 5 ? 0 : value));
      expect(await padded.readFloats('model.layers.1.mlp.down_proj.weight')).toEqual(expected);
      const keys = await padded.readFloats('model.layers.1.self_attn.k_proj.weight');
      expect(keys.subarray(0, 96)).toEqual(new Float32Array(96));
      expect(keys.subarray(96)).toEqual(
        await checkpoint.readFloats('model.layers.1.self_attn.k_proj.weight', { start: 6, count: 6 }),
      );
    });
  });

  it('never takes the place of the model that it is made from, by whatever name', async () => {
    const link = temporary.path('link');
    await symlink(temporary.path('model'), link);
    const cut = cutOf(checkpoint.config, {});
    for (const directory of [temporary.path('model'), join(link, '.')]) {
      await expect(writeHuggingFace({ checkpoint, cut, directory, overwrite: true })).rejects.toMatchObject({
        code: 'ALREADY_EXISTS',
        reason: 'OUTPUT_EXISTS',
      });
    }
    expect(await readdir(temporary.path('model'))).toContain('optimizer.bin');
  });

  it('reports the layout', async () => {
    const write = async (removed: Removed): Promise<object> => {
      const cut = cutOf(checkpoint.config, removed);
      return writeHuggingFace({ checkpoint, cut, directory: temporary.path('layout'), overwrite: true });
    };
    expect(await write({})).toEqual({ layout: 'uniform' });
    expect(await write({ 0: ONE_GROUP })).toEqual({ layout: 'padded' });
    expect(await write({ 1: EVERYTHING })).toEqual({ layout: 'uniform' });
    expect(await write({ 0: EVERYTHING, 1: EVERYTHING, 2: EVERYTHING })).toEqual({ layout: 'padded' });
  });

  it('leaves out layers without any unit, but for one', async () => {
    const layersLeft = async (removed: Removed): Promise<number> =>
      exported({ removed }, ({ config: { layerCount } }) => layerCount);
    expect(await layersLeft({ 0: ONE_GROUP })).toBe(3);
    expect(await layersLeft({ 1: EVERYTHING })).toBe(2);
    expect(await layersLeft({ 0: EVERYTHING, 1: EVERYTHING, 2: EVERYTHING })).toBe(1);
  });

  it('keeps what the configuration says of the layers that are left', async () => {
    await writeTinyCheckpoint(temporary.path('windows'), {
      config: {
        model_type: 'qwen3',
        num_key_value_heads: 2,
        layer_types: ['full_attention', 'full_attention', 'sliding_attention'],
        max_window_layers: 2,
        eos_token_id: [2, 0, 1],
        use_sliding_window: true,
        sliding_window: 32,
      },
    });
    const source = await openCheckpoint(temporary.path('windows'));
    await exported({ checkpoint: source, removed: { 1: EVERYTHING } }, (_, config) => {
      expect(config).toMatchObject({
        num_hidden_layers: 2,
        layer_types: ['full_attention', 'sliding_attention'],
        max_window_layers: 1,
        eos_token_id: [2, 0, 1],
      });
    });
    await exported({ checkpoint: source }, (_, config) => {
      expect(config).toMatchObject({ layer_types: { length: 3 }, max_window_layers: 2 });
    });
    await source.close();
  });

  it('names no code of the source, which it does not bring along', async () => {
    await writeTinyCheckpoint(temporary.path('code'), {
      config: { auto_map: { AutoConfig: 'configuration_tiny.TinyConfig' } },
    });
    const source = await openCheckpoint(temporary.path('code'));
    await exported({ checkpoint: source }, (_, config) => expect(config).not.toHaveProperty('auto_map'));
    await source.close();
  });

  it('declares a mistral where transformers would refuse the head count of a llama', async () => {
    await writeTinyCheckpoint(temporary.path('mha'), { config: { num_key_value_heads: 4 } });
    const source = await openCheckpoint(temporary.path('mha'));
    const one = { groups: [2] };
    await exported({ checkpoint: source, removed: { 0: one, 1: one, 2: one } }, (smaller, config) => {
      expect(config).toMatchObject({
        model_type: 'mistral',
        architectures: ['MistralForCausalLM'],
        num_attention_heads: 3,
        sliding_window: null,
      });
      expect(smaller.config).toEqual({ ...source.config, family: 'mistral', queryHeads: 3, kvHeads: 3 });
    });
    await source.close();
  });

  describe('with biases of output projections from recovery', () => {
    const bias = layerTensorName(1, 'downBias');
    const values = Float32Array.from({ length: TINY_CONFIG.hidden_size }, (_, i) => i / 8);

    async function biased(
      config: Record<string, unknown>,
      removed: Removed,
    ): Promise<Record<string, unknown> & { directory: string }> {
      const directory = temporary.path('unbiased');
      await rm(directory, { recursive: true, force: true });
      await writeTinyCheckpoint(directory, { config });
      const source = await openCheckpoint(directory);
      const cut = cutOf(source.config, removed);
      const file = temporary.path('biases.safetensors');
      await rm(file, { force: true });
      await writeRecovered(file, [{ name: bias, shape: [values.length], data: values }]);
      const recovered = await openRecovered(source, cut, file);
      const target = temporary.path('biased');
      try {
        await writeHuggingFace({ checkpoint: recovered, cut, directory: target, overwrite: true });
      } finally {
        await recovered.close();
      }
      return { ...(JSON.parse(await readFile(join(target, 'config.json'), 'utf8')) as object), directory: target };
    }

    it('is a LLaMA that says so, with zeros where nothing was recovered', async () => {
      const { directory, ...config } = await biased({}, { 1: { neurons: [1, 2] } });
      expect(config).toMatchObject({ model_type: 'llama', attention_bias: true, mlp_bias: true });
      const file = await SafetensorsFile.open(join(directory, 'model.safetensors'), 'output');
      const names = file.entries.map(({ name }) => name).filter((name) => name.endsWith('.bias'));
      expect(names).toHaveLength(3 * 7);
      const readBias = async (name: string): Promise<Float32Array> => {
        const entry = file.entries.find((candidate) => candidate.name === name)!;
        const bytes = new Uint8Array(entry.end - entry.start);
        await file.read(bytes, entry.start);
        const read = new Float32Array(values.length);
        decodeFloats(bytes, entry.dtype as TensorDtype, read, 0);
        return read;
      };
      expect(await readBias(bias)).toEqual(values);
      expect(await readBias(layerTensorName(0, 'downBias'))).toEqual(new Float32Array(values.length));
      await file.close();
    });

    it('is opened again, and written again, with the same biases', async () => {
      const { directory } = await biased({}, { 1: { neurons: [1, 2] } });
      const source = await openCheckpoint(directory);
      expect(source.config.biasFlags).toEqual(['attention_bias', 'mlp_bias']);
      await exported({ checkpoint: source, removed: { 0: EVERYTHING } }, async (copy, config) => {
        expect(config).toMatchObject({ attention_bias: true, mlp_bias: true, num_hidden_layers: 3 });
        expect(await copy.readFloats(bias)).toEqual(values);
        expect(await copy.readFloats(layerTensorName(1, 'queryBias'))).toEqual(new Float32Array(4 * 6));
      });
      await source.close();
    });

    it('is refused in families whose configs have no place for them', async () => {
      const refused = biased({ model_type: 'mistral', sliding_window: null }, { 1: { neurons: [1, 2] } });
      await expect(refused).rejects.toMatchObject({ reason: 'LAYOUT_NOT_SUPPORTED' });
    });
  });

  it('divides large models into shards', async () => {
    await exported({ shardBytes: 5000 }, async (copy) => {
      const names = (await readdir(copy.directory)).filter((name) => name.startsWith('model'));
      expect(names.length).toBeGreaterThan(3);
      expect(names).toContain('model.safetensors.index.json');
      expect(copy.config).toEqual(checkpoint.config);
    });
  });

  it('writes one file of a model that just fits it', async () => {
    const bytes = [...checkpoint.tensors.values()].reduce(
      (sum, { shape, dtype }) => sum + FLOAT_BYTES[dtype] * elementCount(shape),
      0,
    );
    const filesOf = (shardBytes: number): Promise<number> =>
      exported({ shardBytes }, async ({ directory }) => {
        return (await readdir(directory)).filter((name) => name.endsWith('.safetensors')).length;
      });
    expect([await filesOf(bytes), await filesOf(bytes - 1)]).toEqual([1, 2]);
  });

  it('brings along what belongs to the model', async () => {
    await exported({}, async ({ directory }) => {
      expect((await readdir(directory)).sort()).toEqual([
        'LICENSE.txt',
        'config.json',
        'generation_config.json',
        'model.safetensors',
        'tokenizer.json',
        'tokenizer_config.json',
      ]);
    });
  });

  it('leaves nothing behind when the source turns out to be damaged', async () => {
    const name = 'model.layers.2.mlp.up_proj.weight';
    await writeTinyCheckpoint(temporary.path('nan'), {
      change: (tensors) => tensors.get(name)?.values.fill(Number.NaN, 9, 10),
    });
    const damaged = await openCheckpoint(temporary.path('nan'));
    const directory = temporary.path('nan/out/model');
    const writing = writeHuggingFace({ checkpoint: damaged, cut: cutOf(damaged.config), directory });
    await expect(writing).rejects.toMatchObject({ reason: 'TENSOR_NOT_FINITE', field: name });
    await damaged.close();
    expect(await readdir(temporary.path('nan/out'))).toEqual([]);
  });

  it('does not replace a directory unless told to', async () => {
    const writing = writeHuggingFace({ checkpoint, cut: cutOf(checkpoint.config), directory: temporary.path('model') });
    await expect(writing).rejects.toMatchObject({ reason: 'OUTPUT_EXISTS' });
  });
});
