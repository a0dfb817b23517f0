import { afterAll, describe, expect, it } from '@jest/globals';
import { loadTokenizer, modelShape, openCheckpoint, writeHuggingFace } from '@bonsai/checkpoint';
import { naiveForward } from '@bonsai/model/testing';
import { emptySet, UnitTable } from '@bonsai/pruning';
import { maxRelativeError } from '@bonsai/support/testing';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { cutsToExport } from './support/cuts.ts';
import { DEMO_MODEL, demoWindows } from './support/demo-model.ts';

const checkpoint = await openCheckpoint(DEMO_MODEL);
afterAll(async () => checkpoint.close());
const [window = new Uint32Array()] = await demoWindows();

describe('an exported Hugging Face checkpoint', () => {
  const work = useTemporaryDirectory();

  it.each(cutsToExport(checkpoint.config))('opens again and computes the same with $name', async ({ name, cut }) => {
    const directory = work.path(name);
    const { layout } = await writeHuggingFace({ checkpoint, cut, directory });
    const exported = await openCheckpoint(directory);
    try {
      expect(exported.config.ffnSize === checkpoint.config.ffnSize || layout === 'uniform').toBe(true);
      const { nll } = await naiveForward(exported, emptySet(new UnitTable(modelShape(exported.config))), window);
      const expected = await naiveForward(checkpoint, cut, window);
      expect(maxRelativeError(nll, expected.nll)).toBeLessThan(1e-9);
    } finally {
      await exported.close();
    }
  });

  it('brings its tokenizer along', async () => {
    const [{ cut } = { cut: new Uint8Array() }] = cutsToExport(checkpoint.config);
    const directory = work.path('with tokenizer');
    await writeHuggingFace({ checkpoint, cut, directory });
    const [ours, theirs] = [await loadTokenizer(DEMO_MODEL), await loadTokenizer(directory)];
    expect(theirs.encode('The state of the union')).toEqual(ours.encode('The state of the union'));
  });
});
