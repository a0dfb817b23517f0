import { describe, expect, it } from '@jest/globals';
import { packParameters, parameterBytes } from './parameters.ts';

const FIELDS = { rows: 'u32', epsilon: 'f32', cols: 'u32' } as const;

describe('packParameters', () => {
  it('writes the fields in the order of the table, whatever the order of the values', () => {
    const view = new DataView(packParameters(FIELDS, { cols: 7, epsilon: 0.5, rows: 0xffffffff }));
    expect([view.getUint32(0, true), view.getFloat32(4, true), view.getUint32(8, true)]).toEqual([0xffffffff, 0.5, 7]);
    expect(view.byteLength).toBe(parameterBytes(FIELDS));
  });

  it.each([-1, 1.5, 2 ** 32, Number.NaN])('refuses %p for a u32', (rows) => {
    expect(() => packParameters(FIELDS, { rows, epsilon: 0, cols: 0 })).toThrow(RangeError);
  });
});
