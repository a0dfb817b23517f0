import { describe, expect, it } from '@jest/globals';
import { BonsaiError } from '@bonsai/support';
import { logCall } from './log-call.ts';

describe('the record of a call', () => {
  it.each([
    [undefined, 'info'],
    ['NOT_FOUND', 'info'],
    ['CANCELLED', 'info'],
    ['RESOURCE_EXHAUSTED', 'warn'],
    ['UNAVAILABLE', 'warn'],
    ['DATA_LOSS', 'warn'],
    ['INTERNAL', 'error'],
  ] as const)('that ended with %s is logged as %s', (code, expected) => {
    const error = code === undefined ? undefined : new BonsaiError('x', { code, reason: 'INTERNAL' });
    const levels: string[] = [];
    logCall((level) => levels.push(level), { method: 'm', peer: 'p', milliseconds: 1, error });
    expect(levels).toEqual([expected]);
  });
});
