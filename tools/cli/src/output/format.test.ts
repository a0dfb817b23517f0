import { describe, expect, it } from '@jest/globals';
import { formatBytes, formatCoreTime, formatCount, formatDuration, formatTable } from './format.ts';

describe('formatting for people', () => {
  it.each([
    [0.4, '0 s'],
    [59.6, '1 min 0 s'],
    [75, '1 min 15 s'],
    [3 * 3600 + 61, '3 h 1 min'],
  ])('%d seconds', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it.each([
    [1, 'under 0.1 core-minutes'],
    [75, 'about 1.3 core-minutes'],
    [36_000, 'about 600 core-minutes'],
  ])('%d seconds of a core', (seconds, text) => {
    expect(formatCoreTime(seconds)).toBe(text);
  });

  it.each([
    [999, '999'],
    [1234567, '1.23 M'],
    [2.5e12, '2.50 T'],
  ])('count %d', (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  it('bytes in binary units', () => {
    expect(formatBytes(3 * 2 ** 20)).toBe('3 MiB');
    expect(formatBytes(1.5 * 2 ** 30)).toBe('1.5 GiB');
  });

  it('aligns the columns of a table', () => {
    expect(
      formatTable([
        ['a', '10'],
        ['bcd', '5'],
      ]),
    ).toBe('a    10\nbcd   5');
    expect(
      formatTable(
        [
          ['a', '10'],
          ['bcd', '5'],
        ],
        'left',
      ),
    ).toBe('a    10\nbcd  5');
  });
});
