import { describe, expect, it } from '@jest/globals';
import { modelShape, otherParameters } from './model-config.ts';
import { tinyConfig } from './testing/tiny-checkpoint.ts';

/** 2 KV groups of 2 query heads, heads of 6, hidden size 16. */
const costsOf = (model_type: string, keys: object = {}) => modelShape(tinyConfig({ model_type, ...keys })).unitCosts;

describe('otherParameters', () => {
  it('counts embedding, head and norms, and with units gives the whole model', () => {
    const config = tinyConfig();
    const norms = (2 * 3 + 1) * 16;
    expect(otherParameters(config)).toBe(2 * 300 * 16 + norms);
    expect(otherParameters({ ...config, tiedHead: true })).toBe(300 * 16 + norms);
  });
});

describe('modelShape', () => {
  it('counts the parameters that leave with a unit of each family', () => {
    const llama = { kvGroup: 2 * (2 + 1) * 6 * 16, ffnNeuron: 3 * 16, queryHead: 2 * 6 * 16 };
    expect(costsOf('llama')).toEqual(llama);
    expect(costsOf('mistral')).toEqual(llama);
    expect(costsOf('qwen3')).toEqual(llama);
    expect(costsOf('phi3')).toEqual(llama);
    const phi = costsOf('phi', { hidden_act: 'gelu_new', partial_rotary_factor: 1 });
    const biased = { kvGroup: llama.kvGroup + (2 + 1 + 1) * 6, queryHead: llama.queryHead + 6 };
    expect(phi).toEqual({ ...biased, ffnNeuron: 2 * 16 + 1 });
    expect(costsOf('qwen2')).toEqual({ ...llama, ...biased });
  });
});
