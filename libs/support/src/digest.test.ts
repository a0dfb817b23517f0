import { describe, expect, it } from '@jest/globals';
import { digest } from './digest.ts';

describe('digest', () => {
  it('is SHA-256 over the parts with their kinds and lengths', () => {
    // printf 'b3:abc' | sha256sum
    expect(digest(['abc'])).toBe('5898bc81000d86f8d8ce7b68879187db94c66a6dbb9f7e01957f6e9820304c5b');
  });

  it('keeps the borders between parts', () => {
    expect(digest(['ab', 'c'])).not.toBe(digest(['a', 'bc']));
    expect(digest(['1'])).not.toBe(digest([1]));
    expect(digest([new Uint8Array([97])])).toBe(digest(['a']));
  });

  it('takes more parts than a call takes arguments', () => {
    // yes b1:a | head -250000 | tr -d '\n' | sha256sum
    expect(digest(Array.from({ length: 250_000 }, () => 'a'))).toBe(
      'e2ed6fadea41083b0a39971419f2abe0f3b438607a6294904adda965a5537709',
    );
  });
});
