import { readdir, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UnitTable } from '@bonsai/pruning';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import type { Checkpoint } from '../checkpoint.ts';
import { modelShape } from '../model-config.ts';
import { openCheckpoint } from '../open-checkpoint.ts';
import { cutOf, range } from '../testing/cut-of.ts';
import type { Removed } from '../testing/cut-of.ts';
import { ggufFloats, readGguf } from '../testing/read-gguf.ts';
import type { GgufContent } from '../testing/read-gguf.ts';
import { writeTinyCheckpoint } from '../testing/tiny-checkpoint.ts';
import { sentencePieceTokenizer, writeTokenizer } from '../testing/tiny-tokenizers.ts';
import { ggufBytes } from './gguf-size.ts';
import { writeGguf } from './write-gguf.ts';
import type { GgufResult } from './write-gguf.ts';

const U32 = 4;
const F32 = 6;
const ARRAY = 9;

describe('writeGguf', () => {
  const temporary = useTemporaryDirectory();
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    await writeTinyCheckpoint(temporary.path('model'));
    await writeTokenizer(temporary.path('model'), sentencePieceTokenizer(), { bos_token: '<s>' });
    checkpoint = await openCheckpoint(temporary.path('model'));
  });
  afterAll(async () => checkpoint.close());

  async function write(removed: Removed): Promise<{ result: GgufResult; file: GgufContent }> {
    const path = temporary.path('out.gguf');
    const cut = cutOf(checkpoint.config, removed);
    const result = await writeGguf({ checkpoint, cut, floats: 'f32', path, overwrite: true });
    return { result, file: await readGguf(path) };
  }

  it('writes as many bytes as are told before', async () => {
    const removed = { 0: { neurons: [1, 2] } };
    await write(removed);
    const told = await ggufBytes(checkpoint, cutOf(checkpoint.config, removed), 'f32');
    expect((await stat(temporary.path('out.gguf'))).size).toBe(told);
  });

  it('writes an uncut model as a llama with scalar sizes', async () => {
    const { result, file } = await write({});
    expect(result).toEqual({ notes: [] });
    expect(file.version).toBe(3);
    expect(file.metadata.get('general.architecture')?.value).toBe('llama');
    expect(file.metadata.get('general.name')?.value).toBe('model');
    for (const [key, value] of [
      ['block_count', 3],
      ['context_length', 32],
      ['embedding_length', 16],
      ['vocab_size', 300],
      ['attention.head_count', 4],
      ['attention.head_count_kv', 2],
      ['feed_forward_length', 10],
      ['attention.key_length', 6],
      ['attention.value_length', 6],
      ['rope.dimension_count', 6],
    ] as const) {
      expect(file.metadata.get(`llama.${key}`)).toEqual({ type: U32, value });
    }
    expect(file.metadata.get('llama.rope.freq_base')).toEqual({ type: F32, value: 10_000 });
    expect(file.metadata.get('llama.attention.layer_norm_rms_epsilon')?.value).toBeCloseTo(1e-5, 10);
  });

  it('aligns every tensor and fills the file to its end', async () => {
    const { file } = await write({ 0: { neurons: [0, 1, 2] } });
    let end = 0;
    for (const { ne, start } of file.tensors.values()) {
      expect(start % 32).toBe(0);
      expect(start).toBeGreaterThanOrEqual(end);
      end = start + 4 * ne.reduce((product, size) => product * size, 1);
    }
    expect(file.bytes.byteLength).toBe(Math.ceil(end / 32) * 32);
  });

  it('writes differing widths as deci with a size per layer', async () => {
    const { file } = await write({ 1: { groups: [0], neurons: [1, 3] } });
    expect(file.metadata.get('general.architecture')?.value).toBe('deci');
    expect(file.metadata.get('deci.attention.head_count')).toEqual({
      type: ARRAY,
      value: { itemType: U32, items: [4, 2, 4] },
    });
    expect(file.metadata.get('deci.attention.head_count_kv')?.value).toMatchObject({ items: [2, 1, 2] });
    expect(file.metadata.get('deci.feed_forward_length')?.value).toMatchObject({ items: [10, 8, 10] });
    expect(file.tensors.get('blk.1.attn_q.weight')?.ne).toEqual([16, 12]);
    expect(file.tensors.get('blk.1.attn_output.weight')?.ne).toEqual([12, 16]);
    expect(file.tensors.get('blk.1.ffn_down.weight')?.ne).toEqual([8, 16]);
  });

  it('takes the rows and columns that are left, queries and keys in rotation order', async () => {
    const { file } = await write({ 1: { groups: [0], neurons: [1, 3] } });
    const layer = 'model.layers.1';
    const rowsOf = async (name: string, rows: readonly number[]): Promise<number[]> => {
      const all = await checkpoint.readFloats(`${layer}.${name}.weight`);
      return rows.flatMap((row) => [...all.subarray(row * 16, (row + 1) * 16)]);
    };
    const columnsOf = async (name: string, width: number, columns: readonly number[]): Promise<number[]> => {
      const all = await checkpoint.readFloats(`${layer}.${name}.weight`);
      return range(16).flatMap((row) => columns.map((column) => all[row * width + column]!));
    };
    const rotated = (head: number): number[] => [0, 3, 1, 4, 2, 5].map((row) => head * 6 + row);
    const kept = [0, 2, 4, 5, 6, 7, 8, 9];
    expect(ggufFloats(file, 'blk.1.attn_q.weight')).toEqual(
      await rowsOf('self_attn.q_proj', [...rotated(2), ...rotated(3)]),
    );
    expect(ggufFloats(file, 'blk.1.attn_k.weight')).toEqual(await rowsOf('self_attn.k_proj', rotated(1)));
    expect(ggufFloats(file, 'blk.1.attn_v.weight')).toEqual(await rowsOf('self_attn.v_proj', [6, 7, 8, 9, 10, 11]));
    expect(ggufFloats(file, 'blk.1.attn_output.weight')).toEqual(
      await columnsOf(
        'self_attn.o_proj',
        24,
        range(12).map((column) => column + 12),
      ),
    );
    expect(ggufFloats(file, 'blk.1.ffn_gate.weight')).toEqual(await rowsOf('mlp.gate_proj', kept));
    expect(ggufFloats(file, 'blk.1.ffn_up.weight')).toEqual(await rowsOf('mlp.up_proj', kept));
    expect(ggufFloats(file, 'blk.1.ffn_down.weight')).toEqual(await columnsOf('mlp.down_proj', 10, kept));
    expect(ggufFloats(file, 'blk.1.attn_norm.weight')).toEqual([
      ...(await checkpoint.readFloats(`${layer}.input_layernorm.weight`)),
    ]);
  });

  it('leaves the attention out of a layer that has none, except in the first', async () => {
    const { file } = await write({ 0: { groups: [0, 1] }, 2: { groups: [0, 1] } });
    expect(file.metadata.get('deci.attention.head_count')?.value).toMatchObject({ items: [1, 4, 0] });
    expect([...file.tensors.keys()].filter((name) => name.startsWith('blk.2.attn'))).toEqual([]);
    for (const name of ['attn_q', 'attn_k', 'attn_v', 'attn_output']) {
      expect(new Set(ggufFloats(file, `blk.0.${name}.weight`))).toEqual(new Set([0]));
    }
    expect(file.tensors.get('blk.0.attn_output.weight')?.ne).toEqual([6, 16]);
  });

  it('puts zeros for an FFN that is gone', async () => {
    const { file } = await write({ 1: { neurons: range(10) } });
    expect(file.metadata.get('deci.feed_forward_length')?.value).toMatchObject({ items: [10, 32, 10] });
    expect(new Set(ggufFloats(file, 'blk.1.ffn_down.weight'))).toEqual(new Set([0]));
  });

  it('drops a layer without both and numbers the others anew', async () => {
    const { file } = await write({ 0: { groups: [0, 1], neurons: range(10) } });
    expect(file.metadata.get('llama.block_count')?.value).toBe(2);
    expect(ggufFloats(file, 'blk.1.ffn_norm.weight')).toEqual([
      ...(await checkpoint.readFloats('model.layers.2.post_attention_layernorm.weight')),
    ]);
    expect([...file.tensors.keys()].some((name) => name.startsWith('blk.2.'))).toBe(false);
  });

  it('keeps vectors in F32 and writes matrices as F16 on request', async () => {
    const path = temporary.path('half.gguf');
    await writeGguf({ checkpoint, cut: cutOf(checkpoint.config), floats: 'f16', path });
    const file = await readGguf(path);
    for (const [name, { ne, type }] of file.tensors) expect([name, type]).toEqual([name, ne.length === 1 ? 0 : 1]);
    expect(file.metadata.get('general.file_type')?.value).toBe(1);
  });

  it('leaves a tied head out and writes the divisors of llama3 scaling', async () => {
    const directory = temporary.path('tied');
    const scaling = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    const config = { tie_word_embeddings: true, rope_scaling: { ...scaling, original_max_position_embeddings: 64 } };
    await writeTinyCheckpoint(directory, { config });
    const tied = await openCheckpoint(directory);
    const path = temporary.path('tied.gguf');
    const tokenizerDirectory = temporary.path('model');
    await writeGguf({ checkpoint: tied, cut: cutOf(tied.config), floats: 'f32', path, tokenizerDirectory });
    await tied.close();
    const file = await readGguf(path);
    expect(file.tensors.has('output.weight')).toBe(false);
    expect(file.tensors.get('rope_freqs.weight')?.ne).toEqual([3]);
  });

  describe('of a family whose own architecture knows no llama3 scaling', () => {
    async function scaled(modelType: string): Promise<GgufResult> {
      const directory = temporary.path(modelType);
      const scaling = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
      const rope = { rope_scaling: { ...scaling, original_max_position_embeddings: 64 } };
      // Queries are square, as its own architecture demands.
      await writeTinyCheckpoint(directory, {
        config: { model_type: modelType, head_dim: 4, hidden_act: undefined, ...rope },
      });
      const source = await openCheckpoint(directory);
      const request = { checkpoint: source, cut: cutOf(source.config), tokenizerDirectory: temporary.path('model') };
      try {
        return await writeGguf({ ...request, floats: 'f32', path: temporary.path(`${modelType}.gguf`) });
      } finally {
        await source.close();
      }
    }

    it.each(['qwen2', 'phi3'])('takes that of a llama for a %s', async (modelType) => {
      expect(await scaled(modelType)).toEqual({ notes: [] });
      const { metadata, tensors } = await readGguf(temporary.path(`${modelType}.gguf`));
      expect(metadata.get('general.architecture')?.value).toBe('llama');
      expect(tensors.has('rope_freqs.weight')).toBe(true);
    });

    it.each(['qwen3', 'phi'])('refuses a %s', async (modelType) => {
      await expect(scaled(modelType)).rejects.toMatchObject({ reason: 'LAYOUT_NOT_SUPPORTED', field: 'rope_scaling' });
    });
  });

  it('fills up every group with zero heads where no architecture has layers with fewer', async () => {
    const directory = temporary.path('fewer-heads');
    await writeTinyCheckpoint(directory, { config: { model_type: 'qwen3' } });
    const source = await openCheckpoint(directory);
    const cut = cutOf(source.config);
    const { start } = new UnitTable(modelShape(source.config)).module(1, 'queryHead');
    for (const head of [0, 2]) cut[start + head] = 1;
    const path = temporary.path('fewer-heads.gguf');
    const tokenizerDirectory = temporary.path('model');
    const { notes } = await writeGguf({ checkpoint: source, cut, floats: 'f32', path, tokenizerDirectory });
    const queries = await source.readFloats('model.layers.1.self_attn.q_proj.weight');
    await source.close();
    const rowsOf = (head: number): number[] => [...queries.subarray(head * 6 * 16, (head + 1) * 6 * 16)];
    const zeros = new Array<number>(6 * 16).fill(0);
    expect(notes).toEqual([expect.stringContaining('padded with zeros')]);
    expect(ggufFloats(await readGguf(path), 'blk.1.attn_q.weight')).toEqual([
      ...[rowsOf(1), zeros, rowsOf(3), zeros].flat(),
    ]);
  });

  it.each([0, 3])('refuses a weight that F16 cannot hold, be it number %i', async (at) => {
    const directory = temporary.path(`loud-${at}`);
    const name = 'model.layers.2.mlp.up_proj.weight';
    await writeTinyCheckpoint(directory, { change: (tensors) => tensors.get(name)?.values.fill(1e5, at, at + 1) });
    const loud = await openCheckpoint(directory);
    const path = temporary.path(`loud-${at}/out/half.gguf`);
    const tokenizerDirectory = temporary.path('model');
    const writing = writeGguf({
      checkpoint: loud,
      cut: cutOf(loud.config),
      floats: 'f16',
      path,
      tokenizerDirectory,
    });
    await expect(writing).rejects.toMatchObject({ reason: 'LAYOUT_NOT_SUPPORTED', field: 'blk.2.ffn_up.weight' });
    await loud.close();
    expect(await readdir(temporary.path(`loud-${at}/out`))).toEqual([]);
  });

  it('does not replace a file unless told to', async () => {
    const path = temporary.path('there.gguf');
    await writeFile(path, 'precious');
    const writing = writeGguf({ checkpoint, cut: cutOf(checkpoint.config), floats: 'f32', path });
    await expect(writing).rejects.toMatchObject({ reason: 'OUTPUT_EXISTS' });
  });

  it('refuses the cut of another model', async () => {
    const writing = writeGguf({ checkpoint, cut: new Uint8Array(3), floats: 'f32', path: temporary.path('other') });
    await expect(writing).rejects.toMatchObject({ reason: 'MASK_LENGTH' });
  });
});
