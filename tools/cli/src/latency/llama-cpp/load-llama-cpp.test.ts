import { describe, expect, it } from '@jest/globals';
import { loadLlamaCpp } from './load-llama-cpp.ts';

describe('loadLlamaCpp', () => {
  it('says what to install where it is missing', async () => {
    await expect(loadLlamaCpp('node-llama-cpp-that-nobody-has')).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'LATENCY_RUNTIME_UNAVAILABLE',
      field: '--latency-runtime',
      message: expect.stringContaining('npm install node-llama-cpp'),
    });
  });
});
