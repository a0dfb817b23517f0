import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { modelShape, openCheckpoint, otherParameters } from '@bonsai/checkpoint';
import { packModelShape, planProto } from '@bonsai/rpc';
import { cancelled } from '@bonsai/support';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { exportModel } from './export-model.ts';
import type { OutputFormat } from './output-format.ts';

const modelDirectory = fileURLToPath(new URL('../../../demo/sotu-3M', import.meta.url));

/** A plan that keeps everything. */
async function wholePlan(): Promise<planProto.Plan> {
  const checkpoint = await openCheckpoint(modelDirectory);
  await checkpoint.close();
  const { config, revision } = checkpoint;
  const sizes = { ...config, otherParameters: otherParameters(config) };
  const all = (count: number): number[] => [...Array(count).keys()];
  return planProto.Plan.fromPartial({
    model: { revision, shape: packModelShape(modelShape(config), sizes) },
    layers: all(config.layerCount).map(() => ({
      keptKvGroups: all(config.kvHeads),
      keptQueryHeads: all(config.queryHeads),
      keptFfnNeurons: all(config.ffnSize),
    })),
  });
}

describe('exportModel', () => {
  const temporary = useTemporaryDirectory();

  it.each<OutputFormat>(['gguf', 'hf'])('leaves nothing of a %s that is interrupted', async (format) => {
    const plan = await wholePlan();
    const path = temporary.path('model');
    const request = { plan, recovered: '', modelDirectory, format, ggufFloats: 'f16', path, overwrite: false } as const;
    const interrupt = new AbortController();
    const stopped = cancelled('Stopped.');
    const exporting = exportModel(request, interrupt.signal, () => interrupt.abort(stopped));
    await expect(exporting).rejects.toBe(stopped);
    expect(await readdir(temporary.path())).toEqual([]);
  });
});
