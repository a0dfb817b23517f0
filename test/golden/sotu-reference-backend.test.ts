import { describe, expect, it } from '@jest/globals';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { SOTU_DIRECTORY } from './model-directories.ts';
import { worstError } from './worst-error.ts';

describe('the reference backend on sotu-3M', () => {
  it('gives the NLL of the PyTorch reference, for one window with two masks', async () => {
    const error = await worstError(createReferenceBackend(), SOTU_DIRECTORY, { windows: 1, masks: 2 });
    expect(error).toBeLessThanOrEqual(1e-4);
  });
});
