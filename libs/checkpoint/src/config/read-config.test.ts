import { describe, expect, it } from '@jest/globals';
import { TINY_CONFIG } from '../testing/tiny-checkpoint.ts';
import { readConfig } from './read-config.ts';
import type { ConfigReading } from './read-config.ts';

/** TINY_CONFIG with keys replaced; undefined removes a key. */
function read(changes: Readonly<Record<string, unknown>> = {}): ConfigReading {
  return readConfig(Buffer.from(JSON.stringify({ ...TINY_CONFIG, ...changes })));
}

const LLAMA3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
};
const LLAMA3_READ = { factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalContextLength: 8192 };

describe('readConfig', () => {
  it('reads a llama with grouped queries and a head size of its own', () => {
    expect(read()).toEqual({
      config: {
        family: 'llama',
        hiddenSize: 16,
        layerCount: 3,
        queryHeads: 4,
        kvHeads: 2,
        headDim: 6,
        rotaryDim: 6,
        ffnSize: 10,
        vocabSize: 300,
        contextLength: 32,
        normEpsilon: 1e-5,
        ropeTheta: 10_000,
        ropeScaling: undefined,
        tiedHead: false,
        biasFlags: [],
      },
      notes: [],
    });
  });

  it('fills in what transformers assumes, also for keys that are null', () => {
    const { config, notes } = read({
      num_key_value_heads: undefined,
      head_dim: null,
      rms_norm_eps: undefined,
      rope_theta: null,
      rope_scaling: null,
      hidden_act: undefined,
      tie_word_embeddings: null,
    });
    expect(config).toMatchObject({ kvHeads: 4, headDim: 4, normEpsilon: 1e-6, ropeTheta: 10_000, tiedHead: false });
    expect(notes).toEqual([expect.stringMatching(/no rms_norm_eps.* 0\.000001, is used/)]);
  });

  it('reads llama3 scaling in the old and in the new form', () => {
    expect(read({ rope_theta: 5e5, rope_scaling: LLAMA3 }).config).toMatchObject({
      ropeTheta: 5e5,
      ropeScaling: LLAMA3_READ,
    });
    const { config } = read({ rope_theta: undefined, rope_parameters: { ...LLAMA3, rope_theta: 5e5 } });
    expect(config).toMatchObject({ ropeTheta: 5e5, ropeScaling: LLAMA3_READ });
  });

  it('reads default rotation in either form', () => {
    expect(read({ rope_scaling: { type: 'default' } }).config.ropeScaling).toBeUndefined();
    const { config } = read({ rope_theta: undefined, rope_parameters: { rope_type: 'default', rope_theta: 777 } });
    expect(config).toMatchObject({ ropeTheta: 777, ropeScaling: undefined });
  });

  it('takes both forms together if they say the same', () => {
    const rope_parameters = { ...LLAMA3, rope_theta: 5e5 };
    const { config } = read({ rope_theta: undefined, rope_parameters, rope_scaling: LLAMA3 });
    expect(config).toMatchObject({ ropeTheta: 5e5, ropeScaling: LLAMA3_READ });
  });

  it('reads which biases a llama has', () => {
    expect(read({ mlp_bias: true }).config.biasFlags).toEqual(['mlp_bias']);
    expect(read({ attention_bias: true, mlp_bias: true }).config.biasFlags).toEqual(['attention_bias', 'mlp_bias']);
    expect(() => read({ mlp_bias: 1 })).toThrow(expect.objectContaining({ reason: 'CONFIG_INVALID' }));
  });

  describe('of a mistral', () => {
    const mistral = { model_type: 'mistral', max_position_embeddings: 32_768 };

    it('keeps the context without a sliding window', () => {
      const reading = read({ ...mistral, sliding_window: null });
      expect(reading).toMatchObject({ config: { family: 'mistral', contextLength: 32_768 }, notes: [] });
    });

    it('caps the context to the sliding window and says so', () => {
      const reading = read({ ...mistral, sliding_window: 1024 });
      expect(reading.config.contextLength).toBe(1024);
      expect(reading.notes).toEqual([expect.stringContaining('sliding window of 1024')]);
    });

    it('assumes the window and the KV heads of MistralConfig where they are left out', () => {
      const reading = read({ ...mistral, num_attention_heads: 16, num_key_value_heads: undefined });
      expect(reading.config).toMatchObject({ contextLength: 4096, kvHeads: 8 });
    });

    it('says nothing of a window that is longer than the context', () => {
      expect(read({ ...mistral, sliding_window: 65_536 }).notes).toEqual([]);
    });
  });

  describe('of a qwen2', () => {
    const qwen2 = { model_type: 'qwen2', max_position_embeddings: 32_768 };

    it('ignores a sliding window that is not in use', () => {
      const reading = read({ ...qwen2, sliding_window: 1024, use_sliding_window: false });
      expect(reading).toMatchObject({ config: { family: 'qwen2', contextLength: 32_768 }, notes: [] });
      expect(read(qwen2).config.contextLength).toBe(32_768);
    });

    it('caps the context to a sliding window that is in use', () => {
      expect(read({ ...qwen2, use_sliding_window: true }).config.contextLength).toBe(4096);
      expect(read({ ...qwen2, use_sliding_window: true, sliding_window: 99 }).config.contextLength).toBe(99);
      expect(read({ ...qwen2, use_sliding_window: true, sliding_window: null }).config.contextLength).toBe(32_768);
    });
  });

  it('assumes the head size of Qwen3Config where it is left out', () => {
    expect(read({ model_type: 'qwen3', head_dim: undefined }).config).toMatchObject({ family: 'qwen3', headDim: 128 });
  });

  describe('of a phi', () => {
    const phi = { model_type: 'phi', hidden_act: undefined, head_dim: 80 };

    it('rotates the part of a head that it is told, half of it by default', () => {
      const { config, notes } = read({ ...phi, partial_rotary_factor: 0.4 });
      expect(config).toMatchObject({ family: 'phi', headDim: 80, rotaryDim: 32, normEpsilon: 1e-5 });
      expect(notes).toEqual([expect.stringMatching(/no layer_norm_eps/)]);
      expect(read(phi).config.rotaryDim).toBe(40);
      const rope_parameters = { rope_type: 'default', rope_theta: 1e4, partial_rotary_factor: 0.25 };
      expect(read({ ...phi, rope_parameters }).config.rotaryDim).toBe(20);
    });

    it.each([
      ['partial_rotary_factor', 0.44, 'CONFIG_INVALID'],
      ['partial_rotary_factor', 1.1, 'CONFIG_INVALID'],
      ['qk_layernorm', true, 'UNKNOWN_ARCHITECTURE'],
      ['tie_word_embeddings', true, 'UNKNOWN_ARCHITECTURE'],
      ['hidden_act', 'silu', 'UNKNOWN_ARCHITECTURE'],
      ['hidden_act', 'gelu', 'UNKNOWN_ARCHITECTURE'],
    ])('is refused with %s %s', (field, value, reason) => {
      expect(() => read({ ...phi, [field]: value })).toThrow(expect.objectContaining({ field, reason }));
    });
  });

  describe('of a phi3', () => {
    const phi3 = { model_type: 'phi3', rms_norm_eps: undefined };

    it('has a sliding window only if it is given', () => {
      expect(read(phi3).config).toMatchObject({ family: 'phi3', contextLength: 32, normEpsilon: 1e-5 });
      expect(read({ ...phi3, sliding_window: 15 }).config.contextLength).toBe(15);
    });

    it.each(['longrope', 'su', 'yarn'])('is refused with %s scaling', (type) => {
      const scaling = { type, short_factor: [1, 1, 1], long_factor: [1, 2, 3] };
      expect(() => read({ ...phi3, rope_scaling: scaling })).toThrow(
        expect.objectContaining({ reason: 'UNKNOWN_ARCHITECTURE', field: 'rope_scaling' }),
      );
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['model_type', { model_type: 'gemma2' }],
    ['model_type', { model_type: undefined }],
    ['attention_bias', { model_type: 'mistral', sliding_window: null, attention_bias: true }],
    ['mlp_bias', { model_type: 'qwen2', mlp_bias: true }],
    ['hidden_act', { hidden_act: 'gelu' }],
    ['quantization_config', { quantization_config: { quant_method: 'gptq' } }],
    ['rope_scaling', { rope_scaling: { type: 'linear', factor: 2 } }],
    ['rope_parameters', { rope_parameters: { rope_type: 'yarn', factor: 2 } }],
    ['rope_parameters', { rope_parameters: { full_attention: { rope_type: 'default', rope_theta: 1e6 } } }],
    ['partial_rotary_factor', { partial_rotary_factor: 0.5, rope_scaling: null }],
    ['partial_rotary_factor', { rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.5 } }],
  ])('refuses an architecture for its %s: %j', (field, changes) => {
    expect(() => read(changes)).toThrow(expect.objectContaining({ reason: 'UNKNOWN_ARCHITECTURE', field }));
  });

  it('names what is supported when it refuses a model type', () => {
    expect(() => read({ model_type: 'gpt2' })).toThrow(/supported are llama, mistral/);
  });

  it.each<[string, Record<string, unknown>]>([
    ['hidden_size', { hidden_size: undefined }],
    ['hidden_size', { hidden_size: '16' }],
    ['num_hidden_layers', { num_hidden_layers: 0 }],
    ['vocab_size', { vocab_size: 3.5 }],
    ['rms_norm_eps', { rms_norm_eps: -1 }],
    ['tie_word_embeddings', { tie_word_embeddings: 'yes' }],
    ['hidden_act', { hidden_act: 3 }],
    ['num_key_value_heads', { num_key_value_heads: 3 }],
    ['head_dim', { head_dim: 5 }],
    ['head_dim', { head_dim: undefined, hidden_size: 18 }],
    ['rope_theta', { rope_theta: 1, rope_parameters: { rope_type: 'default', rope_theta: 2 } }],
    ['rope_scaling', { rope_scaling: 'llama3' }],
    // As its model card advises for long texts: transformers takes rope_scaling.
    ['rope_scaling', { rope_parameters: { rope_type: 'default' }, rope_scaling: { rope_type: 'yarn', factor: 4 } }],
    ['rope_scaling.factor', { rope_scaling: { ...LLAMA3, factor: 'large' } }],
    ['rope_scaling.low_freq_factor', { rope_scaling: { ...LLAMA3, low_freq_factor: 4 } }],
  ])('refuses a wrong %s: %j', (field, changes) => {
    expect(() => read(changes)).toThrow(expect.objectContaining({ reason: 'CONFIG_INVALID', field }));
  });

  it.each(['', '{', '[]', 'null'])('refuses %p for a config.json', (text) => {
    expect(() => readConfig(Buffer.from(text))).toThrow(
      expect.objectContaining({ reason: 'CONFIG_INVALID', field: 'config.json' }),
    );
  });
});
