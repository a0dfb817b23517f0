import { expect, it } from '@jest/globals';
import { columnNorms } from './column-norms.ts';

it('columnNorms sums squares and averages sizes down the columns', async () => {
  const matrix = { rows: 2, cols: 2, data: Float32Array.of(3, -1, -4, 2) };
  const expected = { squares: Float64Array.of(25, 5), meanAbs: Float64Array.of(3.5, 1.5) };
  expect(await columnNorms(matrix)).toEqual(expected);
});
