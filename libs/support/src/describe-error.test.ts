import { describe, expect, it } from '@jest/globals';
import { BonsaiError, invalidArgument } from './bonsai-error.ts';
import { describeError } from './describe-error.ts';

describe('describeError', () => {
  it('is one line with reason and field', () => {
    const error = invalidArgument('SETTING_INVALID', 'rounds', 'Give at\n  least 1 round.');
    expect(describeError(error)).toBe('error: Give at least 1 round. [SETTING_INVALID, rounds]');
  });

  it('leaves the field out where there is none', () => {
    const error = new BonsaiError('Stopped.', { code: 'CANCELLED', reason: 'CANCELLED' });
    expect(describeError(error)).toBe('error: Stopped. [CANCELLED]');
    expect(describeError(new Error('odd'))).toBe('error: odd');
  });
});
