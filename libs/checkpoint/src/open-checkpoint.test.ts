import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { BonsaiError } from '@bonsai/support';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { openCheckpoint } from './open-checkpoint.ts';
import { writeRawSafetensors } from './testing/raw-safetensors.ts';
import { writeTinyCheckpoint } from './testing/tiny-checkpoint.ts';
import type { TinyOptions, TinyTensor } from './testing/tiny-checkpoint.ts';

const temporary = useTemporaryDirectory();
let made = 0;

async function tiny(options: TinyOptions = {}): Promise<string> {
  const directory = temporary.path(`tiny-${(made += 1)}`);
  await writeTinyCheckpoint(directory, options);
  return directory;
}

async function refusal(directory: string): Promise<BonsaiError> {
  return openCheckpoint(directory).then(
    async (checkpoint) => {
      await checkpoint.close();
      throw new Error('the checkpoint was opened');
    },
    (error: unknown) => {
      if (error instanceof BonsaiError) return error;
      throw error;
    },
  );
}

async function shardsOf(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.safetensors')).sort();
}

function tensor(tensors: Map<string, TinyTensor>, name: string): TinyTensor {
  const found = tensors.get(name);
  if (found === undefined) throw new Error(name);
  return found;
}

const Q1 = 'model.layers.1.self_attn.q_proj.weight';

describe('openCheckpoint', () => {
  it('opens the bundled model', async () => {
    const checkpoint = await openCheckpoint(fileURLToPath(new URL('../../../tools/demo/sotu-3M', import.meta.url)));
    expect(checkpoint.config).toMatchObject({ family: 'llama', layerCount: 6, kvHeads: 3, headDim: 32 });
    expect(checkpoint.tensors.get('lm_head.weight')).toMatchObject({ dtype: 'BF16', shape: [2048, 192] });
    await checkpoint.close();
  });

  it('reads rows of a tensor', async () => {
    let expected = new Float32Array();
    const directory = await tiny({ change: (tensors) => (expected = tensor(tensors, Q1).values.slice()) });
    const checkpoint = await openCheckpoint(directory);
    expect(await checkpoint.readFloats(Q1)).toEqual(expected);
    expect(await checkpoint.readFloats(Q1, { start: 5, count: 3 })).toEqual(expected.slice(80, 128));
    expect(await checkpoint.readFloats(Q1, { start: 24, count: 0 })).toEqual(new Float32Array());
    await expect(checkpoint.readFloats(Q1, { start: 22, count: 3 })).rejects.toThrow(RangeError);
    await expect(checkpoint.readFloats('model.layers.1.self_attn.q_proj.bias')).rejects.toMatchObject({
      reason: 'TENSOR_MISSING',
    });
    await checkpoint.close();
  });

  it('reads tensors of several blocks in pieces', async () => {
    // 2.4 million elements: more than the 4 MiB that are held while a tensor is widened.
    const directory = await tiny({ dtype: 'BF16', config: { vocab_size: 150_000, tie_word_embeddings: true } });
    const checkpoint = await openCheckpoint(directory);
    const all = await checkpoint.readFloats('model.embed_tokens.weight');
    expect(all.subarray(16 * 140_000, 16 * 140_003)).toEqual(
      await checkpoint.readFloats('model.embed_tokens.weight', { start: 140_000, count: 3 }),
    );
    expect(all.at(-1)).not.toBe(0);
    await checkpoint.close();
  });

  it.each(['gate', 'up'])('refuses a bias of a %s projection, unless it is zeros', async (projection) => {
    const name = `model.layers.1.mlp.${projection}_proj.bias`;
    const withBias = (value: number): TinyOptions => ({
      config: { mlp_bias: true },
      change: (tensors) =>
        tensors.set(name, { shape: [10], dtype: 'BF16', values: new Float32Array(10).fill(value, 9) }),
    });
    const checkpoint = await openCheckpoint(await tiny(withBias(0)));
    expect([...checkpoint.tensors.keys()].filter((tensor) => tensor.endsWith('.bias'))).toHaveLength(3);
    await checkpoint.close();
    const refused = await refusal(await tiny(withBias(0.5)));
    expect(refused).toMatchObject({ reason: 'UNKNOWN_ARCHITECTURE', field: name });
  });

  it('opens shards, mixed dtypes and tied heads', async () => {
    const directory = await tiny({
      shardBytes: 9000,
      config: { tie_word_embeddings: true },
      change: (tensors) => (tensor(tensors, Q1).dtype = 'F16'),
    });
    expect((await shardsOf(directory)).length).toBeGreaterThan(2);
    const checkpoint = await openCheckpoint(directory);
    expect(checkpoint.tensors.get(Q1)?.dtype).toBe('F16');
    expect(checkpoint.tensors.has('lm_head.weight')).toBe(false);
    expect(checkpoint.tensors.size).toBe(3 * 9 + 2);
    await checkpoint.close();
  });

  it('passes over rotary buffers of old checkpoints', async () => {
    const directory = await tiny({
      change: (tensors) => {
        tensors.set('model.layers.0.self_attn.rotary_emb.inv_freq', {
          shape: [3],
          dtype: 'F32',
          values: new Float32Array(3),
        });
      },
    });
    await (await openCheckpoint(directory)).close();
  });

  describe('refuses', () => {
    it('a directory that is none, or without weights', async () => {
      const nowhere = await refusal(temporary.path('owner/name'));
      expect(nowhere).toMatchObject({ code: 'NOT_FOUND', reason: 'CHECKPOINT_NOT_FOUND' });
      // People who are used to transformers give a name of the hub.
      expect(nowhere.message).toContain('hf download');
      const directory = await tiny();
      await rm(join(directory, 'model.safetensors'));
      expect(await refusal(directory)).toMatchObject({ reason: 'CHECKPOINT_NOT_FOUND' });
    });

    it('weights that are no safetensors, and says how to make some of them', async () => {
      const directory = await tiny();
      await rename(join(directory, 'model.safetensors'), join(directory, 'pytorch_model-00001-of-00002.bin'));
      const error = await refusal(directory);
      expect(error).toMatchObject({ reason: 'CHECKPOINT_NOT_FOUND' });
      expect(String(error)).toMatch(/as pytorch_model-00001-of-00002\.bin, and no safetensors.*save_pretrained/);
    });

    it('a missing shard', async () => {
      const directory = await tiny({ shardBytes: 9000 });
      const [shard = ''] = await shardsOf(directory);
      await rm(join(directory, shard));
      expect(await refusal(directory)).toMatchObject({ reason: 'SHARD_MISSING', field: shard });
    });

    it('an index that names a file outside the directory', async () => {
      const directory = await tiny({ shardBytes: 9000 });
      const index = { weight_map: { a: '../model.safetensors' } };
      await writeFile(join(directory, 'model.safetensors.index.json'), JSON.stringify(index));
      expect(await refusal(directory)).toMatchObject({ reason: 'CHECKPOINT_CORRUPT', field: 'a' });
    });

    it.each(['', '{}', '{"weight_map": {}}', '{"weight_map": {"a": 3}}'])('the index %p', async (text) => {
      const directory = temporary.path(`index-${(made += 1)}`);
      await mkdir(directory);
      await writeTinyCheckpoint(directory, { shardBytes: 9000 });
      await writeFile(join(directory, 'model.safetensors.index.json'), text);
      expect(await refusal(directory)).toMatchObject({ reason: 'CHECKPOINT_CORRUPT' });
    });

    it('an index that promises a tensor in another shard', async () => {
      const directory = await tiny({ shardBytes: 9000 });
      const path = join(directory, 'model.safetensors.index.json');
      const index = JSON.parse(await readFile(path, 'utf8')) as { weight_map: Record<string, unknown> };
      index.weight_map['model.norm.weight'] = index.weight_map['model.embed_tokens.weight'];
      await writeFile(path, JSON.stringify(index));
      expect(await refusal(directory)).toMatchObject({ reason: 'CHECKPOINT_CORRUPT', field: 'model.norm.weight' });
    });

    it('a tensor that is in two shards', async () => {
      const directory = await tiny({ shardBytes: 9000 });
      const twice = { 'model.norm.weight': { dtype: 'F32', shape: [1], data_offsets: [0, 4] } };
      const [shard = ''] = await shardsOf(directory);
      await writeRawSafetensors(join(directory, shard), twice, new Uint8Array(4));
      expect(await refusal(directory)).toMatchObject({ reason: 'CHECKPOINT_CORRUPT', field: 'model.norm.weight' });
    });

    it.each([0, 7, 100, 20_000])('a file cut to %d bytes', async (bytes) => {
      const directory = await tiny();
      await truncate(join(directory, 'model.safetensors'), bytes);
      expect(await refusal(directory)).toMatchObject({ code: 'DATA_LOSS', reason: 'CHECKPOINT_CORRUPT' });
    });

    it('a header that claims to be larger than the file', async () => {
      const directory = await tiny();
      await writeRawSafetensors(join(directory, 'model.safetensors'), {}, new Uint8Array(100), 2 ** 60);
      expect(await refusal(directory)).toMatchObject({ reason: 'CHECKPOINT_CORRUPT', field: 'model.safetensors' });
    });

    it('what Git leaves of the weights without Git LFS, and says what to do', async () => {
      const directory = await tiny();
      const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 988097824\n';
      await writeFile(join(directory, 'model.safetensors'), pointer);
      const error = await refusal(directory);
      expect(error).toMatchObject({ reason: 'CHECKPOINT_CORRUPT', field: 'model.safetensors' });
      expect(error.message).toContain('git lfs pull');
    });

    it('a missing tensor', async () => {
      const directory = await tiny({ change: (tensors) => tensors.delete(Q1) });
      expect(await refusal(directory)).toMatchObject({ reason: 'TENSOR_MISSING', field: Q1 });
    });

    it('a missing head that is not declared tied', async () => {
      const error = await refusal(await tiny({ change: (tensors) => tensors.delete('lm_head.weight') }));
      expect(error).toMatchObject({ reason: 'TENSOR_MISSING', field: 'lm_head.weight' });
      expect(error.message).toContain('tie_word_embeddings');
    });

    it('a tensor of another shape, naming both sides', async () => {
      const change = (tensors: Map<string, TinyTensor>): void => {
        tensors.set(Q1, { shape: [16, 24], dtype: 'F32', values: new Float32Array(384) });
      };
      const error = await refusal(await tiny({ change }));
      expect(error).toMatchObject({ reason: 'TENSOR_SHAPE', field: Q1 });
      expect(error.message).toMatch(/\[16, 24\].*\[24, 16\].*num_attention_heads 4 x head_dim 6/);
    });

    it('a config that contradicts the tensors', async () => {
      const directory = await tiny();
      const config = JSON.parse(await readFile(join(directory, 'config.json'), 'utf8')) as Record<string, unknown>;
      const rewrite = (changes: object): Promise<void> =>
        writeFile(join(directory, 'config.json'), JSON.stringify({ ...config, ...changes }));
      await rewrite({ intermediate_size: 12 });
      expect(await refusal(directory)).toMatchObject({
        reason: 'TENSOR_SHAPE',
        field: 'model.layers.0.mlp.gate_proj.weight',
      });
      await rewrite({ num_hidden_layers: 2 });
      expect(await refusal(directory)).toMatchObject({ reason: 'CONFIG_INVALID', field: 'num_hidden_layers' });
      await rewrite({ num_hidden_layers: 4 });
      expect(await refusal(directory)).toMatchObject({
        reason: 'TENSOR_MISSING',
        field: 'model.layers.3.input_layernorm.weight',
      });
      await rewrite({ num_hidden_layers: 1e15 });
      expect(await refusal(directory)).toMatchObject({ reason: 'TENSOR_MISSING' });
    });

    it('a head of its own where the config says that it is tied', async () => {
      const config = { tie_word_embeddings: true };
      const addHead = (tensors: Map<string, TinyTensor>, last: number): void => {
        const { values, ...embedding } = tensor(tensors, 'model.embed_tokens.weight');
        tensors.set('lm_head.weight', { ...embedding, values: values.with(-1, last) });
      };
      const copied = await tiny({
        config,
        change: (tensors) => addHead(tensors, tensor(tensors, 'model.embed_tokens.weight').values.at(-1) ?? 0),
      });
      await (await openCheckpoint(copied)).close();
      const contradicting = await tiny({ config, change: (tensors) => addHead(tensors, 0.25) });
      expect(await refusal(contradicting)).toMatchObject({ reason: 'CONFIG_INVALID', field: 'tie_word_embeddings' });
    });

    it('a tensor inside a layer that the architecture does not have', async () => {
      const field = 'model.layers.0.self_attn.q_norm.weight';
      const change = (tensors: Map<string, TinyTensor>): void => {
        tensors.set(field, { shape: [6], dtype: 'F32', values: new Float32Array(6) });
      };
      expect(await refusal(await tiny({ change }))).toMatchObject({ reason: 'CONFIG_INVALID', field });
    });

    it('a dtype that is no float of 16 or 32 bits', async () => {
      const directory = temporary.path('one-layer');
      const config = {
        num_hidden_layers: 1,
        vocab_size: 4,
        hidden_size: 2,
        num_attention_heads: 1,
        num_key_value_heads: 1,
      };
      await writeTinyCheckpoint(directory, { config: { ...config, head_dim: 2, intermediate_size: 1 } });
      const path = join(directory, 'model.safetensors');
      const bytes = await readFile(path);
      const text = bytes.toString('latin1').replace('"dtype":"F32"', '"dtype":"I32"');
      await writeFile(path, Buffer.from(text, 'latin1'));
      expect(await refusal(directory)).toMatchObject({ reason: 'TENSOR_DTYPE', field: 'model.embed_tokens.weight' });
    });
  });

  it.each([Number.NaN, Infinity, -Infinity])('refuses the weight %p when it is read', async (value) => {
    const directory = await tiny({ change: (tensors) => (tensor(tensors, Q1).values[16 * 7 + 5] = value) });
    const checkpoint = await openCheckpoint(directory);
    const reading = checkpoint.readFloats(Q1, { start: 4, count: 10 });
    await expect(reading).rejects.toMatchObject({ code: 'DATA_LOSS', reason: 'TENSOR_NOT_FINITE', field: Q1 });
    await expect(checkpoint.readFloats(Q1)).rejects.toThrow(`${value} at [7, 5]`);
    expect(await checkpoint.readFloats(Q1, { start: 8, count: 2 })).toHaveLength(32);
    await checkpoint.close();
  });
});
