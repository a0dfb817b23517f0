import { describe, expect, it } from '@jest/globals';
import { eachRow, wholeMatrix } from './host-rows.ts';
import { matrixOf } from './testing/matrix-of.ts';

async function* blocks(...values: readonly (readonly number[])[]): AsyncGenerator<Float32Array> {
  for (const block of values) yield await Promise.resolve(Float32Array.from(block));
}

const matrix = matrixOf([1, 2], [3, 4], [5, 6]);
const inBlocks = (): AsyncGenerator<Float32Array> => blocks([1, 2, 3, 4], [5, 6]);

describe('rows on the host', () => {
  it('come one by one, from one block or several', async () => {
    for (const data of [matrix.data, inBlocks()]) {
      const rows: number[][] = [];
      for await (const row of eachRow({ rows: 3, cols: 2, data })) rows.push([...row]);
      expect(rows).toEqual([
        [1, 2],
        [3, 4],
        [5, 6],
      ]);
    }
  });

  it('are put together in a copy', async () => {
    expect(await wholeMatrix({ rows: 3, cols: 2, data: inBlocks() })).toEqual(matrix);
    const copy = await wholeMatrix(matrix);
    expect(copy).toEqual(matrix);
    expect(copy.data).not.toBe(matrix.data);
  });

  it.each([
    ['too few', blocks([1, 2], [3, 4])],
    ['too many', blocks([1, 2, 3, 4, 5, 6], [7, 8])],
  ])('are refused where the values are %s', async (_, data) => {
    await expect(wholeMatrix({ rows: 3, cols: 2, data })).rejects.toThrow(RangeError);
  });
});
