import { describe, expect, it } from '@jest/globals';
import type { HostMatrix } from '@bonsai/ops';
import { normal, seededRandom } from '@bonsai/support';
import { obsEnergies } from '../testing/host-results.ts';

const RIDGE = 1e-2;

interface Problem {
  /** Of one token. */
  readonly gram: HostMatrix;
  readonly weight: HostMatrix;
}

/** Correlated inputs, so that the other columns can take over. */
function randomProblem(outputs: number, columns: number, seed: number): Problem {
  const random = seededRandom(seed);
  const tokens = Array.from({ length: 3 * columns }, () => {
    const shared = normal(random);
    return Array.from({ length: columns }, (_, c) => 0.3 * normal(random) + shared * Math.cos(c));
  });
  const data = Float32Array.from({ length: columns * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return tokens.reduce((sum, row) => sum + ((row[i] ?? 0) * (row[j] ?? 0)) / tokens.length, 0);
  });
  const values = Float32Array.from({ length: outputs * columns }, () => normal(random));
  return { gram: { rows: columns, cols: columns, data }, weight: { rows: outputs, cols: columns, data: values } };
}

/** Solves A x = b by Gaussian elimination with pivoting. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const a = matrix.map((row, i) => [...row, right[i] ?? 0]);
  const n = a.length;
  for (let c = 0; c < n; c++) {
    const pivot = a.reduce(
      (best, row, r) => (r >= c && Math.abs(row[c] ?? 0) > Math.abs(a[best]?.[c] ?? 0) ? r : best),
      c,
    );
    [a[c], a[pivot]] = [a[pivot] ?? [], a[c] ?? []];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const factor = (a[r]?.[c] ?? 0) / (a[c]?.[c] ?? 0);
      a[r] = (a[r] ?? []).map((value, k) => value - factor * (a[c]?.[k] ?? 0));
    }
  }
  return a.map((row, i) => (row[n] ?? 0) / (row[i] ?? 0));
}

/** Removes the columns, refits the rest of every row w of W by least squares on H + ridge, and measures what is lost. */
function energyLostAfterRefit({ gram, weight }: Problem, removed: readonly number[]): number {
  const n = gram.cols;
  const diagonal = Array.from({ length: n }, (_, i) => gram.data[i * n + i] ?? 0);
  const ridge = (RIDGE * diagonal.reduce((a, b) => a + b)) / n;
  const h = (i: number, j: number): number => (gram.data[i * n + j] ?? 0) + (i === j ? ridge : 0);
  const columns = Array.from({ length: n }, (_, i) => i);
  const kept = columns.filter((i) => !removed.includes(i));
  let lost = 0;
  for (let r = 0; r < weight.rows; r++) {
    const w = columns.map((c) => weight.data[r * n + c] ?? 0);
    const right = kept.map((i) => columns.reduce((sum, j) => sum + h(i, j) * (w[j] ?? 0), 0));
    const refitted = solve(
      kept.map((i) => kept.map((j) => h(i, j))),
      right,
    );
    const difference = columns.map((c) => (w[c] ?? 0) - (refitted[kept.indexOf(c)] ?? 0));
    for (const i of columns) for (const j of columns) lost += (difference[i] ?? 0) * h(i, j) * (difference[j] ?? 0);
  }
  return lost;
}

describe('obsEnergies', () => {
  it.each([
    [1, 12, [1, 2, 4]],
    [2, 12, [3, 6]],
    [3, 12, [12]],
    [4, 36, [1]],
    [5, 40, [2, 10]],
  ])(
    'is the energy lost after refitting the other columns (seed %i, %i columns in blocks of %p)',
    (seed, columns, widths) => {
      const problem = randomProblem(5, columns, seed);
      const byWidth = obsEnergies({ ...problem, tokens: 1, ridge: RIDGE, widths });
      expect(byWidth.map((energies) => energies.length)).toEqual(widths.map((width) => columns / width));
      for (const [i, width] of widths.entries()) {
        for (const [block, energy] of byWidth[i]!.entries()) {
          const removed = Array.from({ length: width }, (_, c) => block * width + c);
          const expected = energyLostAfterRefit(problem, removed);
          expect(Math.abs(energy - expected) / expected).toBeLessThan(1e-9);
        }
      }
    },
  );

  it('is 0 for inputs that are always 0, and finite for one that is', () => {
    const { gram, weight } = randomProblem(3, 4, 4);
    const none = { rows: 4, cols: 4, data: new Float32Array(16) };
    const nothing = [Float64Array.of(0, 0), Float64Array.of(0)];
    expect(obsEnergies({ gram: none, tokens: 1, weight, ridge: RIDGE, widths: [2, 4] })).toEqual(nothing);
    const dead = gram.data.map((value, at) => (at % 4 === 1 || Math.floor(at / 4) === 1 ? 0 : value));
    const [energies] = obsEnergies({ gram: { ...gram, data: dead }, tokens: 1, weight, ridge: RIDGE, widths: [1] });
    expect(energies?.every((energy) => energy > 0 && energy < Infinity)).toBe(true);
  });

  it('is not a number where the model has exploded', () => {
    const { gram, weight } = randomProblem(3, 4, 5);
    gram.data[5] = Infinity;
    const exploded = [Float64Array.of(Number.NaN, Number.NaN), Float64Array.of(Number.NaN)];
    expect(obsEnergies({ gram, tokens: 1, weight, ridge: RIDGE, widths: [2, 4] })).toEqual(exploded);
  });
});
