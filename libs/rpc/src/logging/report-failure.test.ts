import { describe, expect, it } from '@jest/globals';
import { BonsaiError, invalidArgument } from '@bonsai/support';
import { jsonLogger } from './json-logger.ts';
import { reportFailure } from './report-failure.ts';

const wrongUsage = invalidArgument('SETTING_INVALID', '--listen', 'Say where.');
const noAdapter = new BonsaiError('There is none.', { code: 'FAILED_PRECONDITION', reason: 'ADAPTER_NOT_FOUND' });

function reported(error: unknown, toPeople: boolean): { code: number; text: string } {
  let text = '';
  const write = (written: string): void => void (text += written);
  const code = reportFailure(
    error,
    jsonLogger(write, () => 0),
    toPeople ? write : undefined,
  );
  return { code, text };
}

describe('the failure of a service', () => {
  it('is told in words where the command line is wrong', () => {
    const text = 'error: Say where. [SETTING_INVALID, --listen]\n(add --help for the options)\n';
    expect(reported(wrongUsage, true)).toEqual({ code: 2, text });
  });

  it.each([
    ['ADAPTER_NOT_FOUND', true, 1, noAdapter],
    ['ADAPTER_NOT_FOUND', false, 1, noAdapter],
    ['SETTING_INVALID', false, 2, wrongUsage],
  ])('is logged otherwise, and for programs: %s, for people %s', (reason, toPeople, code, error) => {
    const { text, ...rest } = reported(error, toPeople);
    expect(rest).toEqual({ code });
    expect(JSON.parse(text)).toMatchObject({ level: 'error', event: 'failed', reason, message: error.message });
  });

  it('is thrown on where it is none of ours', () => {
    expect(() => reported(new TypeError('odd'), true)).toThrow('odd');
  });
});
