import { describe, expect, it } from '@jest/globals';
import { cutWindows } from './cut-windows.ts';

const tokens = Uint32Array.from({ length: 10 }, (_, i) => 100 + i);
const textField = '--text';
const windows = (options: Omit<Parameters<typeof cutWindows>[1], 'textField'>): number[][] =>
  cutWindows(tokens, { textField, ...options }).map((window) => Array.from(window));

describe('cutWindows', () => {
  it('cuts disjoint windows in order and drops the rest', () => {
    expect(windows({ context: 4 })).toEqual([
      [100, 101, 102, 103],
      [104, 105, 106, 107],
    ]);
    expect(windows({ context: 5 })).toHaveLength(2);
    expect(windows({ context: 10 })).toHaveLength(1);
  });

  it('puts the first token before the text, not before every window', () => {
    expect(windows({ context: 4, bos: 7 })).toEqual([
      [7, 100, 101, 102],
      [103, 104, 105, 106],
    ]);
    expect(windows({ context: 11, bos: 0 })).toEqual([[0, ...tokens]]);
  });

  it('gives windows of their own, not views of the text', () => {
    const [first] = cutWindows(tokens, { textField, context: 4 });
    first?.fill(0);
    expect(tokens[0]).toBe(100);
  });

  it('refuses a text without tokens', () => {
    expect(() => cutWindows(new Uint32Array(), { textField, context: 4, bos: 7 })).toThrow(
      expect.objectContaining({ reason: 'TEXT_EMPTY', field: textField }),
    );
  });

  it('says how many tokens a text has and needs', () => {
    expect(() => cutWindows(tokens, { textField, context: 11 })).toThrow(
      expect.objectContaining({ reason: 'TEXT_TOO_SHORT', message: expect.stringMatching(/has 10 tokens.* needs 11/) }),
    );
    expect(() => cutWindows(tokens, { textField, context: 12, bos: 7 })).toThrow(/has 10 tokens.* needs 11/);
  });

  it.each([1, 0, -3, 2.5, Number.NaN])('refuses windows of %p tokens', (context) => {
    expect(() => cutWindows(tokens, { textField, context })).toThrow(
      expect.objectContaining({ reason: 'WINDOW_LENGTH' }),
    );
  });
});
