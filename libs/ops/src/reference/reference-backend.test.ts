import { describe, expect, it } from '@jest/globals';
import { createReferenceBackend } from './reference-backend.ts';

describe('the reference backend', () => {
  it('runs nothing before submit, then everything in order, once', async () => {
    const backend = createReferenceBackend();
    const sums = backend.matrix(3, 1);
    const recorder = backend.recorder();
    recorder.columnSums(sums, backend.matrix(1, 1, Float32Array.of(2)), 1);
    recorder.columnSums(sums, backend.matrix(1, 1, Float32Array.of(-3)), 1);
    expect([...(await backend.read(sums))]).toEqual([0, 0, 0]);
    await backend.submit(recorder);
    await backend.submit(recorder);
    expect([...(await backend.read(sums))]).toEqual([5, -1, 13]);
  });

  it('does not run what its recorder let go of', async () => {
    const backend = createReferenceBackend();
    const sums = backend.matrix(3, 1);
    const recorder = backend.recorder();
    for (const value of [2, -3]) {
      recorder.columnSums(sums, backend.matrix(1, 1, Float32Array.of(value)), 1);
      if (value === 2) recorder.release();
    }
    await backend.submit(recorder);
    expect([...(await backend.read(sums))]).toEqual([3, -3, 9]);
  });

  it('counts memory until it is released', async () => {
    const backend = createReferenceBackend();
    const matrix = backend.matrix(2, 3);
    const weight = await backend.packWeight({ rows: 2, cols: 2, data: new Float32Array(4) });
    expect(backend.memory.used).toBe(40);
    weight.release();
    weight.release();
    matrix.release();
    expect(backend.memory).toMatchObject({ used: 0, peak: 40 });
  });

  it('refuses storage that was released, is foreign or too large', async () => {
    const backend = createReferenceBackend({ maxMatrixElements: 6 });
    const matrix = backend.matrix(1, 1);
    const recorder = backend.recorder();
    recorder.gram(matrix, matrix, matrix, 1);
    matrix.release();
    await expect(backend.submit(recorder)).rejects.toThrow('released');
    await expect(backend.read({ rows: 1, cols: 1, release: () => undefined })).rejects.toThrow('another backend');
    expect(() => backend.matrix(7, 1)).toThrow('[7, 1]');
    expect(() => backend.matrix(2, 1, new Float32Array(3))).toThrow('3 values');
  });
});
