import { describe, expect, it } from '@jest/globals';
import { BonsaiError, ERROR_REASONS, invalidArgument, isErrorReason } from './bonsai-error.ts';

describe('BonsaiError', () => {
  it('carries code, reason, field and cause beside the message', () => {
    const cause = new Error('low level');
    const error = new BonsaiError('The file is cut short.', {
      code: 'DATA_LOSS',
      reason: 'CHECKPOINT_CORRUPT',
      field: 'model.safetensors',
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'BonsaiError', code: 'DATA_LOSS', field: 'model.safetensors', cause });
  });

  it('names the field of a wrong argument', () => {
    const error = invalidArgument('SPARSITY_OUT_OF_RANGE', 'settings.sparsity', 'Give a sparsity between 0 and 1.');
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'settings.sparsity' });
    expect(error.cause).toBeUndefined();
  });

  it('spells every reason once and knows it again', () => {
    expect(new Set(ERROR_REASONS).size).toBe(ERROR_REASONS.length);
    expect(isErrorReason('MASK_LENGTH')).toBe(true);
    expect(isErrorReason('mask_length')).toBe(false);
  });
});
