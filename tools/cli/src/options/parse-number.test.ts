import { describe, expect, it } from '@jest/globals';
import { wholeNumber, wholeNumbers } from './parse-number.ts';

const LARGEST = 2 ** 32 - 1;

describe('wholeNumber', () => {
  it('takes what a 32-bit field of the contract holds', () => {
    expect(wholeNumber(1)(String(LARGEST))).toBe(LARGEST);
    expect(() => wholeNumber(1)(String(LARGEST + 1))).toThrow('Give a whole number from 1 to 4294967295.');
    expect(() => wholeNumber(1)('0')).toThrow('Give a whole number from 1 to 4294967295.');
  });

  it('takes more where the field does', () => {
    const seed = wholeNumber(0, Number.MAX_SAFE_INTEGER);
    expect(seed(String(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => seed('9007199254740992')).toThrow('Give a whole number from 0 to 9007199254740991.');
  });

  it.each(['', '-1', '1.5', '1e3', ' 1', 'many'])('refuses %j', (text) => {
    expect(() => wholeNumber(0)(text)).toThrow('Give a whole number');
  });
});

describe('wholeNumbers', () => {
  it('takes a list of them', () => {
    expect(wholeNumbers('0,1,4294967295')).toEqual([0, 1, LARGEST]);
  });

  it.each(['', '1,', '1,4294967296', 'a'])('refuses %j', (text) => {
    expect(() => wholeNumbers(text)).toThrow('Give whole numbers separated by commas');
  });
});
