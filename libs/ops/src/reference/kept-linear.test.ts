import { describe, expect, it } from '@jest/globals';
import { integerBelow, seededRandom } from '@bonsai/support';
import type { HostMatrix } from '../backend.ts';
import { normalMatrix } from '../cases/inputs.ts';
import { zeros } from '../testing/matrix-of.ts';
import { gatedLinear } from './gated-linear.ts';
import { gatedLinearToKept, linearFromKept, linearToKept } from './kept-linear.ts';
import { linear } from './linear.ts';
import { MemoryMeter, ReferenceSelection } from './storage.ts';

const MASKS = 4;
const ROWS = 3 * MASKS;

/** One mask of everything, one of nothing, two at random. */
function randomSelection(seed: number, units: number, unitWidth: number): ReferenceSelection {
  const random = seededRandom(seed, units);
  const all = Array.from({ length: units }, (_, i) => i);
  const some = (): number[] => all.filter(() => integerBelow(random, 2) === 1);
  const kept = [some(), all, [], some()].map((indices) => Uint32Array.from(indices));
  return new ReferenceSelection(kept, units, unitWidth, new MemoryMeter());
}

/** The full matrix with zeros in the columns that the row's mask removes. */
function multiplied(full: HostMatrix, kept: ReferenceSelection): HostMatrix {
  const data = new Float32Array(full.data.length);
  for (let r = 0; r < full.rows; r++) {
    for (const c of kept.columnsOfRow(r, full.rows)) data[r * full.cols + c] = full.data[r * full.cols + c] as number;
  }
  return { ...full, data };
}

/** The full matrix from a compact one. */
function spread(compact: HostMatrix, kept: ReferenceSelection): HostMatrix {
  const out = zeros(compact.rows, kept.units * kept.unitWidth);
  for (let r = 0; r < compact.rows; r++) {
    const columns = kept.columnsOfRow(r, compact.rows);
    for (let i = 0; i < compact.cols; i++) {
      const value = compact.data[r * compact.cols + i] as number;
      const column = columns[i];
      if (column === undefined) expect(value).toBe(0);
      else out.data[r * out.cols + column] = value;
    }
  }
  return out;
}

describe.each([1, 2, 3])('what a mask keeps, against multiplying by zero (seed %i)', (seed) => {
  it('is the same to the bit, there and back', () => {
    const kept = randomSelection(seed, 5, 2);
    const [x, into, outOf] = [normalMatrix(ROWS, 7, 1), normalMatrix(10, 7, 2), normalMatrix(7, 10, 3)];
    const full = zeros(ROWS, 10);
    linear(full, x, into);
    const compact = zeros(ROWS, 10);
    linearToKept(compact, x, into, kept);
    expect(spread(compact, kept)).toEqual(multiplied(full, kept));
    const [expected, actual] = [normalMatrix(ROWS, 7, 4), normalMatrix(ROWS, 7, 4)];
    linear(expected, multiplied(full, kept), outOf, expected);
    linearFromKept(actual, compact, outOf, kept, actual);
    expect(actual).toEqual(expected);
  });

  it('is the same to the bit after a gate', () => {
    const kept = randomSelection(seed, 11, 1);
    const x = normalMatrix(ROWS, 7, 1);
    const weight = { gate: normalMatrix(11, 7, 2), up: normalMatrix(11, 7, 3) };
    const full = zeros(ROWS, 11);
    gatedLinear(full, x, weight);
    const compact = zeros(ROWS, 11);
    gatedLinearToKept(compact, x, weight, kept);
    expect(spread(compact, kept)).toEqual(multiplied(full, kept));
  });
});

describe('a selection', () => {
  it('must fit the rows and the weight', () => {
    const kept = randomSelection(1, 5, 2);
    const weight = normalMatrix(10, 7, 2);
    expect(() => linearToKept(zeros(6, 10), zeros(6, 7), weight, kept)).toThrow('linearToKept: 6 rows over 4 masks');
    expect(() => linearToKept(zeros(4, 10), zeros(4, 7), normalMatrix(8, 7, 2), kept)).toThrow('kept is of 10 columns');
    expect(() => linearToKept(zeros(4, 9), zeros(4, 7), weight, kept)).toThrow('out is [4, 9], not [4, 10]');
  });
});
