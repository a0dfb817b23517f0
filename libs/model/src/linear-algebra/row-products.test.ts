import { describe, expect, it } from '@jest/globals';
import { normal, seededRandom } from '@bonsai/support';
import { addRowProducts } from './row-products.ts';
import type { RowsView } from './row-products.ts';

function randomRows(count: number, stride: number, start: number, seed: number): RowsView {
  const random = seededRandom(seed);
  return { data: Float64Array.from({ length: start + count * stride }, () => normal(random)), start, stride, count };
}

const at = ({ data, start, stride }: RowsView, row: number, column: number): number =>
  data[start + row * stride + column] ?? NaN;

describe('addRowProducts', () => {
  it.each([
    [1, 1, 1],
    [4, 2, 256],
    [7, 5, 257],
    [3, 1, 600],
    [9, 8, 0],
  ])('adds the products of %i and %i rows of %i columns, and nothing beside them', (m, n, columns) => {
    for (const factor of [1, -1] as const) {
      const [a, b, c] = [
        randomRows(m, columns + 3, 2, 1),
        randomRows(n, columns + 1, 0, 2),
        randomRows(m, n + 2, 5, 3),
      ];
      const before = c.data.slice();
      addRowProducts({ c, factor, a, b }, columns);
      const written = new Set<number>();
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          const place = c.start + i * c.stride + j;
          written.add(place);
          let sum = 0;
          for (let k = 0; k < columns; k++) sum += at(a, i, k) * at(b, j, k);
          expect(Math.abs(at(c, i, j) - ((before[place] ?? NaN) + factor * sum))).toBeLessThan(1e-12 * (columns + 1));
        }
      }
      c.data.forEach((value, place) => written.has(place) || expect(value).toBe(before[place]));
    }
  });

  it('sums a pair of rows to the same bits alone and among others', () => {
    const [a, b] = [randomRows(6, 300, 0, 4), randomRows(5, 300, 0, 5)];
    const all = { data: new Float64Array(30), start: 0, stride: 5, count: 6 };
    addRowProducts({ c: all, factor: 1, a, b }, 300);
    const alone = { data: new Float64Array(1), start: 0, stride: 1, count: 1 };
    addRowProducts({ c: alone, factor: 1, a: { ...a, start: 300, count: 1 }, b: { ...b, start: 600, count: 1 } }, 300);
    expect(alone.data[0]).toBe(at(all, 1, 2));
  });
});
