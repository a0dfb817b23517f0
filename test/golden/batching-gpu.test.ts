import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelShape, openCheckpoint } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import { loadModel } from '@bonsai/model';
import type { Backend } from '@bonsai/ops';
import { emptySet, UnitTable } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { SOTU_DIRECTORY } from './model-directories.ts';
import { readReference, referenceMasks } from './reference-file.ts';
import type { ReferenceFile } from './reference-file.ts';

let backend: Backend;
let checkpoint: Checkpoint;
let reference: ReferenceFile;

beforeAll(async () => {
  backend = await createGpuBackend(await openDevice(), { precision: 'bf16' });
  checkpoint = await openCheckpoint(SOTU_DIRECTORY);
  reference = await readReference(SOTU_DIRECTORY);
});

afterAll(async () => {
  await checkpoint.close();
  await backend.dispose();
});

/** NLL sums by mask, then by window, in a model without the units of `cut`. */
async function losses(
  cut: UnitSet,
  rowsPerChunk: number,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
): Promise<number[][]> {
  const model = await loadModel(backend, checkpoint, cut, { rowsPerChunk });
  const sums: number[][] = [];
  for await (const mask of model.evaluate(windows, masks)) sums.push(mask.windows.map(({ nllSum }) => nllSum));
  model.release();
  return sums;
}

describe('a score on the GPU', () => {
  it('is the same to the bit in any batch, in any order, in any company', async () => {
    const units = new UnitTable(modelShape(checkpoint.config));
    const [cut = emptySet(units), ...others] = referenceMasks(reference, units);
    const masks = [...others, emptySet(units)];
    const windows = [61, 64, 61, 2, 131].map((length, w) =>
      Uint32Array.from(reference.windows[w] ?? []).subarray(0, length),
    );
    const together = await losses(cut, 8192, windows, masks);
    expect(together.flat().every(Number.isFinite)).toBe(true);
    expect(await losses(cut, 1, windows, masks)).toEqual(together);
    expect(await losses(cut, 200, windows, masks)).toEqual(together);
    const backwards = await losses(cut, 700, [...windows].reverse(), [...masks].reverse());
    expect(backwards.reverse().map((sums) => sums.reverse())).toEqual(together);
  });
});
