import { describe, expect, it } from '@jest/globals';
import { modelShape, openCheckpoint } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import { loadModel } from '@bonsai/model';
import { createReferenceBackend } from '@bonsai/ops/testing';
import type { Backend } from '@bonsai/ops';
import { emptySet, UnitTable } from '@bonsai/pruning';
import type { LayerStatistics, UnitSet } from '@bonsai/pruning';
import { normalizedMeanSquareError, relativeError } from '@bonsai/support/testing';
import { SOTU_DIRECTORY } from './model-directories.ts';
import { readReference, referenceMasks } from './reference-file.ts';

/** The first mask of the reference; the second query head of every group goes from every second layer as well. */
async function referenceCut(units: UnitTable): Promise<UnitSet> {
  const [cut = emptySet(units)] = referenceMasks(await readReference(SOTU_DIRECTORY), units);
  const { queryHeadsPerGroup } = units.shape;
  for (let layer = 1; layer < units.shape.layers.length; layer += 2) {
    const { start, count } = units.module(layer, 'queryHead');
    for (let head = 1; head < count; head += queryHeadsPerGroup) cut[start + head] = 1;
  }
  return cut;
}

async function statisticsOn(backend: Backend, checkpoint: Checkpoint): Promise<LayerStatistics[]> {
  const reference = await readReference(SOTU_DIRECTORY);
  const cut = await referenceCut(new UnitTable(modelShape(checkpoint.config)));
  const windows = [40, 23, 40].map((length, w) => Uint32Array.from(reference.windows[w] ?? []).subarray(0, length));
  const model = await loadModel(backend, checkpoint, cut, { rowsPerChunk: 64 });
  const layers: LayerStatistics[] = [];
  for await (const layer of model.collectStatistics(windows, ['activation', 'obs', 'similarity'])) layers.push(layer);
  model.release();
  return layers;
}

const STATISTICS = ['meanAbs', 'rmsTimesWeight', 'outputEnergy', 'obsEnergy'] as const;

describe('statistics on the GPU', () => {
  it('are those of the reference backend, on a cut model', async () => {
    const checkpoint = await openCheckpoint(SOTU_DIRECTORY);
    const gpu = await createGpuBackend(await openDevice(), { precision: 'f32' });
    const expected = await statisticsOn(createReferenceBackend(), checkpoint);
    const actual = await statisticsOn(gpu, checkpoint);
    expect(gpu.memory.used).toBe(0);
    await gpu.dispose();
    await checkpoint.close();
    expect(actual).toHaveLength(expected.length);
    for (const [layer, { attentionResidualEnergy, ffnResidualEnergy, similarity, ...blocks }] of expected.entries()) {
      const found = actual[layer];
      if (found === undefined) throw new Error(`no layer ${layer}`);
      expect(relativeError(found.attentionResidualEnergy, attentionResidualEnergy)).toBeLessThan(1e-5);
      expect(relativeError(found.ffnResidualEnergy, ffnResidualEnergy)).toBeLessThan(1e-5);
      expect(relativeError(found.similarity ?? Number.NaN, similarity ?? Number.NaN)).toBeLessThan(1e-5);
      for (const block of ['kvGroups', 'queryHeads', 'ffnNeurons'] as const) {
        for (const statistic of STATISTICS) {
          const error = normalizedMeanSquareError(found[block]?.[statistic] ?? [], blocks[block]?.[statistic] ?? []);
          expect(error).toBeLessThan(1e-9);
        }
        // Standard scores are of size 1, but the only group that is left scores 0.
        for (const [unit, score] of blocks[block]?.standardFluctuation.entries() ?? []) {
          expect(Math.abs((found[block]?.standardFluctuation[unit] ?? Number.NaN) - score)).toBeLessThan(1e-3);
        }
      }
    }
  });
});
