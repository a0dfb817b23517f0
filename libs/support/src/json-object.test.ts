import { expect, it } from '@jest/globals';
import { parseJsonObject } from './json-object.ts';

it('reads an object from text or UTF-8', () => {
  expect(parseJsonObject('{"größe": [1]}')).toEqual({ größe: [1] });
  expect(parseJsonObject(new TextEncoder().encode('{"größe": [1]}'))).toEqual({ größe: [1] });
});

it.each(['[1]', 'null', '"text"', '3', '', '{', Uint8Array.of(0x22, 0xff, 0x22)])('is undefined for %p', (source) => {
  expect(parseJsonObject(source)).toBeUndefined();
});
