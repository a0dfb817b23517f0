import { describe, expect, it } from '@jest/globals';
import { BonsaiError } from '@bonsai/support';
import { retryWhileGone } from './retry-while-gone.ts';
import type { Advance } from './retry-while-gone.ts';

const policy = { attempts: 3, silentAttempts: 2, firstDelayMilliseconds: 1, longestDelayMilliseconds: 2 };
const never = new AbortController().signal;
const unavailable = (cause: BonsaiError): BonsaiError =>
  new BonsaiError('unavailable', { code: 'UNAVAILABLE', reason: 'METRIC_UNAVAILABLE', cause });
const gone = (): BonsaiError => new BonsaiError('gone', { code: 'UNAVAILABLE', reason: 'SERVICE_UNAVAILABLE' });

const retry = <T>(attempt: (advance: Advance) => Promise<T>): Promise<T> =>
  retryWhileGone(policy, never, attempt, unavailable);

describe('retryWhileGone', () => {
  it('gives up after the attempts in a row that the policy allows', async () => {
    let attempts = 0;
    const run = retry(() => {
      attempts++;
      return Promise.reject(gone());
    });
    await expect(run).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'METRIC_UNAVAILABLE' });
    expect(attempts).toBe(3);
  });

  it('gives up sooner on a service that hangs', async () => {
    let attempts = 0;
    const run = retry(() => {
      attempts++;
      return Promise.reject(new BonsaiError('x', { code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' }));
    });
    await expect(run).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'METRIC_UNAVAILABLE' });
    expect(attempts).toBe(2);
  });

  it('counts anew after an attempt that brought something', async () => {
    let attempts = 0;
    const run = retry((advance) => {
      attempts++;
      if (attempts < 6) advance();
      return attempts < 7 ? Promise.reject(gone()) : Promise.resolve('done');
    });
    await expect(run).resolves.toBe('done');
  });

  it.each<[string, BonsaiError]>([
    ['a lost device', new BonsaiError('x', { code: 'INTERNAL', reason: 'DEVICE_LOST' })],
    ['a stream that the other side cancelled', new BonsaiError('x', { code: 'CANCELLED', reason: 'CANCELLED' })],
  ])('tries again after %s', async (_, error) => {
    let attempts = 0;
    const run = retry(() => (++attempts === 1 ? Promise.reject(error) : Promise.resolve(1)));
    await expect(run).resolves.toBe(1);
  });

  it('passes on at once what another attempt would not change', async () => {
    let attempts = 0;
    const refusal = new BonsaiError('x', { code: 'FAILED_PRECONDITION', reason: 'MODEL_REVISION_MISMATCH' });
    const run = retry(() => {
      attempts++;
      return Promise.reject(refusal);
    });
    await expect(run).rejects.toBe(refusal);
    expect(attempts).toBe(1);
  });

  it('stops waiting when the job is stopped', async () => {
    const controller = new AbortController();
    const patient = { ...policy, firstDelayMilliseconds: 1e6, longestDelayMilliseconds: 1e6 };
    const run = retryWhileGone(patient, controller.signal, () => Promise.reject(gone()), unavailable);
    setImmediate(() => controller.abort());
    await expect(run).rejects.toMatchObject({ reason: 'CANCELLED' });
  });
});
