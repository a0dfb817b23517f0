import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { topLevelKeys } from './top-level-keys.ts';

describe('topLevelKeys', () => {
  it('reports a key as often as it is written', () => {
    expect(topLevelKeys('{"a": 1, "b": {"a": 2, "c": [{"a": 3}]}, "a": [4, "b", "c"], "d": "{,}"}')).toEqual([
      'a',
      'b',
      'a',
      'd',
    ]);
  });

  it('decodes escapes, so that no spelling hides a repetition', () => {
    expect(topLevelKeys(String.raw`{"\u0061": "\"}", "a\\": 0, "a": "\\"}`)).toEqual(['a', 'a\\', 'a']);
  });

  it('equals Object.keys for every object without repetitions', () => {
    const named = fc.dictionary(
      fc.string({ unit: 'grapheme' }).filter((key) => !/^\d+$/.test(key)),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(named, (object) => {
        expect(topLevelKeys(JSON.stringify(object))).toEqual(Object.keys(object));
      }),
    );
  });
});
