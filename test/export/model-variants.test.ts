import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { openCheckpoint, writeGguf, writeHuggingFace } from '@bonsai/checkpoint';
import { maxRelativeError } from '@bonsai/support/testing';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { askLlamaCpp } from './support/ask-llama-cpp.ts';
import { CutBuilder } from './support/cuts.ts';
import { DEMO_MODEL, demoWindows } from './support/demo-model.ts';
import { useOwnEvaluation } from './support/own-evaluation.ts';

const demo = await openCheckpoint(DEMO_MODEL);
afterAll(async () => demo.close());
const windows = (await demoWindows()).slice(0, 1);

const LLAMA3 = {
  rope_type: 'llama3',
  factor: 4,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 64,
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The bundled model under another config.json: worse at English, but as good for comparing implementations. */
describe('llama.cpp and our evaluation', () => {
  const work = useTemporaryDirectory();
  const ours = useOwnEvaluation();

  it.each<[string, Record<string, unknown>]>([
    ['a tied head', { tie_word_embeddings: true }],
    ['llama3 rotary scaling', { rope_scaling: LLAMA3, rope_theta: 500_000 }],
    ['rope_parameters', { rope_theta: undefined, rope_parameters: { rope_type: 'default', rope_theta: 2000 } }],
    ['a mistral', { model_type: 'mistral', sliding_window: null, rms_norm_eps: 1e-3 }],
  ])('agree on an irregular cut of %s', async (name, changes) => {
    const directory = work.path(name);
    const { tie_word_embeddings: tiedHead = demo.config.tiedHead } = changes;
    const source = { ...demo, config: { ...demo.config, tiedHead: tiedHead === true } };
    await writeHuggingFace({ checkpoint: source, cut: new CutBuilder(demo.config).cut, directory });
    const config = JSON.parse(await readFile(join(directory, 'config.json'), 'utf8')) as Record<string, unknown>;
    await writeFile(join(directory, 'config.json'), JSON.stringify({ ...config, ...changes }));
    const checkpoint = await openCheckpoint(directory);
    try {
      const { cut } = new CutBuilder(checkpoint.config).thin(0.3, 5).remove(1, 'kvGroup', [0]).remove(4, 'kvGroup');
      const path = work.path(`${name}.gguf`);
      await writeGguf({ checkpoint, cut, floats: 'f32', path });
      const { nll } = await askLlamaCpp({ model: path, windows });
      const own = await ours.nllSums(checkpoint, cut, windows);
      expect(maxRelativeError(nll.map(sum), own)).toBeLessThanOrEqual(1e-4);
      expect(maxRelativeError(own, await ours.nllSums(demo, cut, windows))).toBeGreaterThan(1e-3);
    } finally {
      await checkpoint.close();
    }
  });
});
