import { describe, expect, it } from '@jest/globals';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { Holdings } from '../holdings.ts';
import { BandedSum, bandedBytes, rowBands } from './banded-sum.ts';

const holding = (elements: number) => createReferenceBackend({ maxMatrixElements: elements });

describe('rowBands', () => {
  it('is one band where a matrix can have all rows', () => {
    expect(rowBands(300, 70, holding(300 * 70))).toEqual([{ first: 0, count: 300 }]);
  });

  it('is bands of whole steps of rows where none can', () => {
    expect(rowBands(1200, 70, holding(600 * 70))).toEqual([
      { first: 0, count: 512 },
      { first: 512, count: 512 },
      { first: 1024, count: 176 },
    ]);
  });
});

describe('a banded sum', () => {
  it('takes the bytes of its bands, and reads as a whole', async () => {
    const backend = holding(256 * 2);
    const holdings = new Holdings();
    const sum = BandedSum.zeros(backend, 258, 2, holdings);
    expect(backend.memory.used).toBe(bandedBytes(258, 2, backend));
    const [x, y] = [backend.matrix(1, 258, new Float32Array(258).fill(2)), backend.matrix(1, 2, Float32Array.of(3, 4))];
    const recorder = backend.recorder();
    for (const { first, matrix } of sum.bands) recorder.gram(matrix, x, y, 1, undefined, first);
    await backend.submit(recorder);
    const { rows, cols, data } = await sum.read(backend);
    expect([rows, cols]).toEqual([258, 2]);
    expect(data.every((value, at) => value === (at % 2 === 0 ? 6 : 8))).toBe(true);
    for (const storage of [x, y, holdings]) storage.release();
    expect(backend.memory.used).toBe(0);
  });
});
