import { describe, expect, it } from '@jest/globals';
import { modelShape, openCheckpoint } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import { loadModel } from '@bonsai/model';
import { naiveForward } from '@bonsai/model/testing';
import { emptySet, UnitTable } from '@bonsai/pruning';
import { SOTU_DIRECTORY } from './model-directories.ts';
import { readReference, referenceMasks } from './reference-file.ts';

const LENGTH = 48;
const TOP = 64;

function divergence(p: ArrayLike<number>, q: ArrayLike<number>): number {
  return Array.from(p, (value, i) => value * Math.log(value / (q[i] ?? NaN))).reduce((a, b) => a + b, 0);
}

/** The likeliest tokens of `p` and all others together. */
function lumped(values: Float64Array, p: Float64Array): number[] {
  const top = [...p.keys()].sort((a, b) => (p[b] ?? 0) - (p[a] ?? 0)).slice(0, TOP);
  const kept = top.map((token) => values[token] ?? NaN);
  return [...kept, 1 - kept.reduce((a, b) => a + b, 0)];
}

describe('the divergence of a masked sotu-3M from the whole one, on this GPU', () => {
  it('is that of softmaxes of all logits, and 0 for a mask of nothing, with a head in segments or in one piece', async () => {
    const checkpoint = await openCheckpoint(SOTU_DIRECTORY);
    const units = new UnitTable(modelShape(checkpoint.config));
    const reference = await readReference(SOTU_DIRECTORY);
    const [mask = emptySet(units)] = referenceMasks(reference, units);
    const window = Uint32Array.from(reference.windows[0] ?? []).subarray(0, LENGTH);
    const [p, q] = await Promise.all(
      [emptySet(units), mask].map(async (removed) => (await naiveForward(checkpoint, removed, window)).probabilities),
    );
    const rows = (p ?? []).slice(0, -1).map((row, t) => ({ p: row, q: q?.[t] ?? new Float64Array() }));
    const whole = rows.reduce((sum, row) => sum + divergence(row.p, row.q), 0);
    const expected = rows.reduce((sum, row) => sum + divergence(lumped(row.p, row.p), lumped(row.q, row.p)), 0);
    for (const options of [{}, { bindingBytes: 192 * 4 * 512 }]) {
      const backend = await createGpuBackend(await openDevice(), { precision: 'f32', ...options });
      const model = await loadModel(backend, checkpoint, emptySet(units));
      const predictions = await model.predict([window]);
      const sums: number[] = [];
      for await (const { windows } of model.evaluate([window], [emptySet(units), mask], undefined, predictions)) {
        sums.push(...windows.map(({ klSum }) => klSum ?? NaN));
      }
      expect(sums[0]).toBe(0);
      expect(Math.abs((sums[1] ?? NaN) / expected - 1)).toBeLessThan(1e-4);
      expect(sums[1]).toBeLessThan(whole);
      expect(sums[1]).toBeGreaterThan(0.9 * whole);
      model.release();
      await backend.dispose();
    }
    await checkpoint.close();
  });
});
