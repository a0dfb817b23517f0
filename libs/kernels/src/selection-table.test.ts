import { describe, expect, it } from '@jest/globals';
import { selectionTable } from './selection-table.ts';

describe('selectionTable', () => {
  it('holds the counts and the columns of every mask in rows of vec4', () => {
    const { stride4, values } = selectionTable([Uint32Array.of(1), Uint32Array.of(0, 2), new Uint32Array()], 3, 3);
    expect(stride4).toBe(4);
    expect([...values]).toEqual([
      ...[1, 3, 0, 0, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      ...[2, 6, 0, 0, 0, 1, 2, 6, 7, 8, 0, 0, 0, 0, 0, 0],
      ...Array<number>(16).fill(0),
    ]);
  });

  it.each([[[2, 1]], [[1, 1]], [[4]]])('refuses units %j of 4', (units) => {
    expect(() => selectionTable([Uint32Array.from(units)], 4, 1)).toThrow(RangeError);
  });
});
