import { describe, expect, it } from '@jest/globals';
import { rotaryTable } from './rotary-table.ts';

const plain = { rotaryDim: 8, ropeTheta: 10_000, ropeScaling: undefined };

describe('rotaryTable', () => {
  it('holds the cosines, then the sines of t theta^(-2i / rotaryDim)', () => {
    const { rows, cols, data } = rotaryTable(plain, 4);
    expect([rows, cols]).toEqual([4, 8]);
    [1, 0.1, 0.01, 0.001].forEach((frequency, i) => {
      expect(data[3 * 8 + i]).toBeCloseTo(Math.cos(3 * frequency), 6);
      expect(data[3 * 8 + 4 + i]).toBeCloseTo(Math.sin(3 * frequency), 6);
    });
    expect([...data.subarray(0, 8)]).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
  });
});
