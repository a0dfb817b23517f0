import { expect, it } from '@jest/globals';
import { onePerKey } from './one-per-key.ts';

it('makes one per key, and again what failed', async () => {
  const made: string[] = [];
  const of = onePerKey((key: string) => {
    made.push(key);
    return made.length === 1 ? Promise.reject(new Error('no memory')) : Promise.resolve(made.length);
  });
  await expect(Promise.all([of('a'), of('a')])).rejects.toThrow('no memory');
  expect(await Promise.all([of('a'), of('a'), of('b')])).toEqual([2, 2, 3]);
  expect(await of('a')).toBe(2);
  expect(made).toEqual(['a', 'a', 'b']);
});
