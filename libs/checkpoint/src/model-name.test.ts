import { describe, expect, it } from '@jest/globals';
import { modelName } from './model-name.ts';

describe('modelName', () => {
  it.each([
    ['/models/llama', 'llama'],
    ['/models/llama/', 'llama'],
    ['/cache/models--meta-llama--Llama-3.2-1B/snapshots/0123abcd', 'Llama-3.2-1B'],
    ['/cache/models--gpt2/snapshots/0123abcd/', 'gpt2'],
    ['/work/snapshots/0123abcd', '0123abcd'],
    ['/', ''],
  ])('%s', (directory, name) => {
    expect(modelName(directory)).toBe(name);
  });
});
