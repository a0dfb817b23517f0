import { describe, expect, it } from '@jest/globals';
import { BonsaiError } from './bonsai-error.ts';
import { cancelled, throwIfCancelled } from './cancelled.ts';

describe('cancelled work', () => {
  it('has one code and reason, and what else is known', () => {
    const cause = new Error('interrupt');
    const error = cancelled('The job was stopped.', { field: 'jobs/a', cause });
    expect(error).toMatchObject({ code: 'CANCELLED', reason: 'CANCELLED', field: 'jobs/a', cause });
  });

  it('throws only once its signal has aborted', () => {
    const controller = new AbortController();
    throwIfCancelled(undefined);
    throwIfCancelled(controller.signal);
    controller.abort();
    expect(() => throwIfCancelled(controller.signal)).toThrow(expect.objectContaining({ reason: 'CANCELLED' }));
  });

  it('throws why it was cancelled where that is known', () => {
    const late = new BonsaiError('Too late.', { code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' });
    expect(() => throwIfCancelled(AbortSignal.abort(late))).toThrow(late);
  });
});
