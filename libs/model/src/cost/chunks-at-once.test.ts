import { describe, expect, it } from '@jest/globals';
import { chunksAtOnce } from './chunks-at-once.ts';

const unordered = (ways: readonly (readonly string[])[]): string[] =>
  [...new Set(ways.map((way) => way.join('')))].sort();

describe('chunks that are on the device together', () => {
  it.each([
    [1, 1, 'abc', ['a', 'b', 'c']],
    [1, 3, 'abc', ['a', 'b', 'c']],
    [2, 1, 'abc', ['ab', 'bc']],
    [2, 3, 'abc', ['ab', 'bc', 'ca']],
    [2, 1, 'a', ['a']],
    [2, 2, 'a', ['aa']],
  ] as const)('on %d lanes, with %d batches of %s', (lanes, batches, chunks, ways) => {
    expect(unordered(chunksAtOnce(Array.from(chunks), batches, lanes))).toEqual(ways);
  });
});
