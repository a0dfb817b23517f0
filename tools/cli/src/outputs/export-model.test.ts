import { readdir, stat } from 'node:fs/promises';
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

  it.each([
    { more: 0, notes: [] },
    { more: -1, notes: [expect.stringContaining('1 byte larger than the limit')] },
  ])('notes a GGUF file that zeros make larger than its limit ($more)', async ({ more, notes }) => {
    const plan = await wholePlan();
    plan.layers[2]!.keptFfnNeurons = [];
    const path = temporary.path('zeros.gguf');
    const request = {
      recovered: '',
      modelDirectory,
      format: 'gguf',
      ggufFloats: 'f16',
      path,
      overwrite: true,
    } as const;
    const exportPlan = (of: planProto.Plan) => exportModel({ ...request, plan: of }, AbortSignal.any([]), () => {});
    expect((await exportPlan(plan)).notes).toEqual([]);
    const targetBytes = (await stat(path)).size + more;
    const settings = { targetBytes, targetFormat: planProto.ExportFormat.EXPORT_FORMAT_GGUF_F16 };
    const limited = { ...plan, settings: planProto.PlanSettings.fromPartial(settings) };
    expect((await exportPlan(limited)).notes).toEqual(notes);
  });
});
