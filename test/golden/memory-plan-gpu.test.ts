import { describe, expect, it } from '@jest/globals';
import { modelShape, openCheckpoint } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import { loadModel, planMemory } from '@bonsai/model';
import type { MemoryPlan, MemoryRequest, Predictions } from '@bonsai/model';
import { emptySet, UnitTable } from '@bonsai/pruning';
import { SOTU_DIRECTORY } from './model-directories.ts';

const total = ({ weights, activations, workspace }: MemoryPlan): number => weights + activations + workspace;

/** Of the size that counts: the actual next token and 64 likely ones. */
function anyPredictions({ length }: Uint32Array): Predictions {
  const logits = new Float32Array(length * 65);
  return { tokens: new Uint32Array(length * 65), logits, losses: new Float32Array(length) };
}

describe('the memory plan of sotu-3M on this GPU', () => {
  /** Of the passes that a model makes over its windows. */
  type Work = Exclude<MemoryRequest['work'], { readonly recovery: unknown }>;
  const works: readonly [string, Work][] = [
    ['masks', { masks: 8 }],
    ['compared masks', { masks: 8, compared: true }],
    ['predictions', { predictions: true }],
    ['statistics', { statistics: ['activation'] }],
    ['statistics with Gram matrices', { statistics: ['obs'] }],
  ];

  it.each(works)('is an upper bound of the peak of %s, and at most 15 %% above it', async (_, work) => {
    const device = await openDevice();
    const backend = await createGpuBackend(device, { precision: 'f32' });
    const checkpoint = await openCheckpoint(SOTU_DIRECTORY);
    try {
      const windows = Array.from({ length: 3 }, (_window, w) => Uint32Array.from({ length: 128 }, (_id, i) => w + i));
      const { config } = checkpoint;
      const model = await loadModel(backend, checkpoint, emptySet(new UnitTable(modelShape(config))));
      const plan = planMemory(
        { config, cut: model.cut, windowLengths: windows.map(({ length }) => length), work },
        backend,
      );
      if ('masks' in work) {
        // Every subset of the three groups of the first layer: from there on no two masks share their rows.
        const masks = Array.from({ length: work.masks }, (__, m) =>
          emptySet(model.units).map((___, id) => (id < 3 ? (m >> id) & 1 : 0)),
        );
        const compared = work.compared === true ? windows.map(anyPredictions) : undefined;
        const evaluation = model.evaluate(windows, masks, undefined, compared);
        for await (const mask of evaluation) expect(mask.windows).toHaveLength(3);
      } else if ('predictions' in work) {
        expect(await model.predict(windows)).toHaveLength(3);
      } else {
        for await (const layer of model.collectStatistics(windows, work.statistics)) expect(layer).toBeDefined();
      }
      const ratio = total(plan) / backend.memory.peak;
      expect(ratio).toBeGreaterThanOrEqual(1);
      expect(ratio).toBeLessThan(1.15);
    } finally {
      await checkpoint.close();
      await backend.dispose();
    }
  });
});
