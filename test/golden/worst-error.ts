import { modelShape, openCheckpoint } from '@bonsai/checkpoint';
import { loadModel } from '@bonsai/model';
import type { Backend } from '@bonsai/ops';
import { emptySet, UnitTable } from '@bonsai/pruning';
import { maxRelativeError } from '@bonsai/support/testing';
import { readReference, referenceMasks } from './reference-file.ts';

/** Bounds how much of a reference is compared; all of it by default. */
export interface Extent {
  readonly windows?: number;
  readonly masks?: number;
}

/**
 * Largest relative error of any window's NLL sum against reference.json in the model's directory: without a mask, and with
 * each of the masks, all evaluated in one call.
 */
export async function worstError(backend: Backend, directory: string, extent: Extent = {}): Promise<number> {
  const reference = await readReference(directory);
  const checkpoint = await openCheckpoint(directory);
  try {
    const units = new UnitTable(modelShape(checkpoint.config));
    const windows = reference.windows.slice(0, extent.windows).map((window) => Uint32Array.from(window));
    const masks = [emptySet(units), ...referenceMasks(reference, units).slice(0, extent.masks)];
    const expected = [reference.nll_sum, ...reference.masked_nll_sum];
    const model = await loadModel(backend, checkpoint, emptySet(units));
    const errors: number[] = [];
    for await (const { index, windows: losses } of model.evaluate(windows, masks)) {
      const sums = losses.map(({ nllSum }) => nllSum);
      errors.push(maxRelativeError(sums, expected[index]?.slice(0, windows.length) ?? []));
    }
    model.release();
    if (errors.length !== masks.length) throw new Error(`${errors.length} of ${masks.length} masks were evaluated`);
    return Math.max(...errors);
  } finally {
    await checkpoint.close();
  }
}
