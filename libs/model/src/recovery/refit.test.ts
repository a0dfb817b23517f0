import { describe, expect, it } from '@jest/globals';
import type { HostMatrix } from '@bonsai/ops';
import { normal, seededRandom } from '@bonsai/support';
import { refitted } from '../testing/host-results.ts';
import { columnsOf } from './refit.ts';

type Rows = number[][];

const at = (rows: Rows, row: number, column: number): number => rows[row]?.[column] ?? Number.NaN;

function randomMatrix(rows: number, cols: number, seed: number): HostMatrix {
  const random = seededRandom(seed);
  return { rows, cols, data: Float32Array.from({ length: rows * cols }, () => normal(random)) };
}

/** Inputs whose columns have much to do with each other, as activations do: fewer causes than columns, and a little noise. */
function correlatedInputs(tokens: number, columns: number, seed: number): HostMatrix {
  const causes = rowsOf(randomMatrix(tokens, Math.ceil(columns / 3), seed));
  const mixing = rowsOf(randomMatrix(Math.ceil(columns / 3), columns, seed + 1));
  const noise = rowsOf(randomMatrix(tokens, columns, seed + 2));
  const data = causes.flatMap((row, t) =>
    Array.from({ length: columns }, (_, c) => {
      return row.reduce((sum, cause, i) => sum + cause * at(mixing, i, c), 0.1 * at(noise, t, c));
    }),
  );
  return { rows: tokens, cols: columns, data: Float32Array.from(data) };
}

function rowsOf({ rows, cols, data }: HostMatrix): Rows {
  return Array.from({ length: rows }, (_, row) => [...data.subarray(row * cols, (row + 1) * cols)]);
}

/** Up to the diagonal. */
function gramOf(x: HostMatrix): HostMatrix {
  const rows = rowsOf(x);
  const data = Float32Array.from({ length: x.cols * x.cols }, (_, i) => {
    const [row, column] = [Math.floor(i / x.cols), i % x.cols];
    return column > row ? NaN : rows.reduce((sum, values) => sum + (values[row] ?? 0) * (values[column] ?? 0), 0);
  });
  return { rows: x.cols, cols: x.cols, data };
}

/** Solves A X = B by Gauss-Jordan elimination with pivoting, in f64. */
function solve(a: Rows, b: Rows): Rows {
  const rows = a.map((row, i) => [...row, ...(b[i] ?? [])]);
  for (let i = 0; i < rows.length; i++) {
    const column = rows.map((row, r) => (r < i ? 0 : Math.abs(row[i] ?? 0)));
    const pivot = column.indexOf(Math.max(...column));
    [rows[i], rows[pivot]] = [rows[pivot] ?? [], rows[i] ?? []];
    const scale = at(rows, i, i);
    rows[i] = rows[i]?.map((value) => value / scale) ?? [];
    for (const [r, row] of rows.entries()) {
      if (r !== i) rows[r] = row.map((value, c) => value - (row[i] ?? 0) * at(rows, i, c));
    }
  }
  return rows.map((row) => row.slice(a.length));
}

/**
 * The minimum of |t - x_K V^T|^2 + added |V - W_K|^2 over V, from the normal equations of the very inputs; t is x W^T, or the mean
 * of that and outputs that are given.
 */
function naiveRefit(x: HostMatrix, weight: HostMatrix, kept: number[], ridge: number, given?: HostMatrix): Rows {
  const inputs = rowsOf(x);
  const w = rowsOf(weight);
  const product = (i: number, j: number): number => inputs.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0);
  const added = (ridge * kept.reduce((sum, c) => sum + product(c, c), 0)) / kept.length;
  const left = kept.map((i) => kept.map((j) => product(i, j) + (i === j ? added : 0)));
  const own = inputs.map((values) => w.map((row) => row.reduce((sum, value, c) => sum + value * (values[c] ?? 0), 0)));
  const y = given === undefined ? own : rowsOf(given);
  const target = own.map((row, t) => row.map((value, o) => 0.5 * (value + at(y, t, o))));
  const right = kept.map((i) =>
    w.map(
      (row, o) =>
        inputs.reduce((sum, values, t) => sum + (values[i] ?? 0) * at(target, t, o), 0) + added * (row[i] ?? 0),
    ),
  );
  const solved = solve(left, right);
  return w.map((_, o) => kept.map((__, i) => at(solved, i, o)));
}

const refit = (x: HostMatrix, weight: HostMatrix, kept: number[], ridge = 1e-2): HostMatrix =>
  refitted({ gram: gramOf(x), weight, kept, ridge });

describe('refit', () => {
  it.each([
    [1, 2, [1]],
    [5, 7, [0, 2, 3, 6]],
    [13, 31, [...Array(31).keys()].filter((c) => c % 3 !== 1)],
    [3, 41, [40]],
  ])('is the least-squares solution, for %i outputs of %i columns', (outputs, columns, kept) => {
    for (const ridge of [1e-4, 1e-2, 1]) {
      const x = correlatedInputs(97, columns, columns);
      const weight = randomMatrix(outputs, columns, 5);
      const naive = naiveRefit(x, weight, kept, ridge).flat();
      const worst = Math.max(...naive.map(Math.abs));
      const error = refit(x, weight, kept, ridge).data.map((value, i) => Math.abs(value - (naive[i] ?? 0)) / worst);
      expect(Math.max(...error)).toBeLessThan(1e-3);
    }
  });

  it('aims halfway at outputs that are given', () => {
    const [x, weight, given] = [correlatedInputs(97, 31, 31), randomMatrix(13, 31, 5), randomMatrix(97, 13, 6)];
    const kept = [...Array(31).keys()].filter((c) => c % 3 !== 1);
    const sum = (column: number, output: number): number =>
      rowsOf(x).reduce((total, row, t) => total + (row[column] ?? 0) * at(rowsOf(given), t, output), 0);
    const products = Float32Array.from({ length: 31 * 13 }, (_, i) => sum(Math.floor(i / 13), i % 13));
    const problem = { gram: gramOf(x), weight, kept, ridge: 1e-2 };
    const found = refitted({ ...problem, aim: { rows: 31, cols: 13, data: products } });
    const naive = naiveRefit(x, weight, kept, 1e-2, given).flat();
    const worst = Math.max(...naive.map(Math.abs));
    const error = found.data.map((value, i) => Math.abs(value - (naive[i] ?? 0)) / worst);
    expect(Math.max(...error)).toBeLessThan(1e-3);
  });

  it('keeps outputs closer than the cut alone, most of all where columns have much to do with each other', () => {
    const x = correlatedInputs(200, 24, 8);
    const weight = randomMatrix(6, 24, 9);
    const kept = Array.from({ length: 16 }, (_, i) => i);
    const outputs = (w: HostMatrix, columns: number[]): number[] =>
      rowsOf(columnsOf(x, columns)).flatMap((row) =>
        rowsOf(w).map((values) => values.reduce((sum, value, i) => sum + value * (row[i] ?? 0), 0)),
      );
    const whole = outputs(weight, [...Array(24).keys()]);
    const distance = (w: HostMatrix): number =>
      outputs(w, kept).reduce((sum, value, i) => sum + (value - (whole[i] ?? 0)) ** 2, 0);
    expect(distance(refit(x, weight, kept))).toBeLessThan(0.05 * distance(columnsOf(weight, kept)));
  });

  it('changes nothing where nothing is removed, whatever the ridge', () => {
    const weight = randomMatrix(5, 9, 1);
    const all = [...Array(9).keys()];
    expect(refit(correlatedInputs(20, 9, 2), weight, all, 10)).toEqual(weight);
  });

  it('leaves what the inputs say nothing about as it was', () => {
    const weight = randomMatrix(3, 4, 1);
    const silent = { rows: 10, cols: 4, data: new Float32Array(40) };
    expect(refit(silent, weight, [0, 2])).toEqual(columnsOf(weight, [0, 2]));
    const exploded = { rows: 4, cols: 4, data: new Float32Array(16).fill(Infinity) };
    const kept = refitted({ gram: exploded, weight, kept: [0, 2], ridge: 1e-2 });
    expect(kept).toEqual(columnsOf(weight, [0, 2]));
  });

  it('bears Gram matrices in f32: their rounding moves outputs by no more than the bound says', () => {
    const x = correlatedInputs(300, 30, 4);
    const weight = randomMatrix(4, 30, 5);
    const kept = [...Array(20).keys()];
    const rows = rowsOf(columnsOf(x, kept));
    const outputs = (w: Rows): number[] =>
      rows.flatMap((row) => w.map((values) => values.reduce((sum, value, i) => sum + value * (row[i] ?? 0), 0)));
    const exact = outputs(naiveRefit(x, weight, kept, 1e-2));
    const ours = outputs(rowsOf(refit(x, weight, kept)));
    const norm = Math.sqrt(exact.reduce((sum, value) => sum + value * value, 0));
    const error = Math.sqrt(exact.reduce((sum, value, i) => sum + (value - (ours[i] ?? 0)) ** 2, 0));
    expect(error / norm).toBeLessThan(2 ** -23 * Math.sqrt(30 / 1e-2));
  });
});
