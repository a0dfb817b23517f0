import { describe, expect, it } from '@jest/globals';
import { BonsaiError, invalidArgument } from '@bonsai/support';
import { namedByOption } from './named-by-option.ts';

describe('namedByOption', () => {
  it('names the option instead of the field, also in the sentence', () => {
    const message = 'Set settings.masks_per_round to a whole number of at least 2.';
    const named = namedByOption(invalidArgument('SETTING_INVALID', 'spec.settings.masks_per_round', message));
    expect(named).toBeInstanceOf(BonsaiError);
    expect(named).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'SETTING_INVALID',
      field: '--masks',
      message: 'Set --masks to a whole number of at least 2.',
    });
  });

  it('says what to do about a job that a command cannot make again', () => {
    const taken = { code: 'ALREADY_EXISTS', reason: 'JOB_ID_TAKEN' } as const;
    const message = 'There is another job prune-1 with a different spec; choose another id.';
    const named = namedByOption(new BonsaiError(message, { ...taken, field: 'job_id' }));
    expect(named).toMatchObject({ ...taken, field: '--store', message: expect.stringContaining('--store') });
  });

  it.each([new Error('other'), invalidArgument('REQUEST_INVALID', 'spec.model.path', 'No such model.')])(
    'leaves %s as it is',
    (error) => expect(namedByOption(error)).toBe(error),
  );
});
