import { describe, expect, it } from '@jest/globals';
import { selectionTable } from './selection-table.ts';

describe('selectionTable', () => {
  it('holds the counts and the columns of every mask in rows of vec4', () => {
    const { stride4, values } = selectionTable([Uint32Array.of(1), Uint32Array.of(0, 2), new Uint32Array()], 3, 3);
    expect(stride4).toBe(4);
    expect([...values]).toEqual([
      ...[1, 3, 1, 0, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      ...[2, 6, 2, 0, 0, 1, 2, 6, 7, 8, 0, 0, 0, 0, 0, 0],
      ...Array<number>(16).fill(0),
    ]);
  });

  it('counts groups of units', () => {
    const { values, mostGroups } = selectionTable([Uint32Array.of(0, 5), Uint32Array.of(3, 4)], 6, 2, 3);
    expect([...values.subarray(0, 4)]).toEqual([2, 4, 2, 0]);
    expect([...values.subarray(16, 20)]).toEqual([2, 4, 1, 0]);
    expect(mostGroups).toBe(2);
  });

  it('refuses groups of which different numbers are kept', () => {
    expect(() => selectionTable([Uint32Array.of(0, 1, 3)], 6, 2, 3)).toThrow(RangeError);
  });

  it.each([[[2, 1]], [[1, 1]], [[4]]])('refuses units %j of 4', (units) => {
    expect(() => selectionTable([Uint32Array.from(units)], 4, 1)).toThrow(RangeError);
  });
});
