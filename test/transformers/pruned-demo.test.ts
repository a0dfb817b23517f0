import { afterAll, describe, expect, it } from '@jest/globals';
import { loadTokenizer, openCheckpoint, openRecovered, writeHuggingFace } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import type { UnitSet } from '@bonsai/pruning';
import { maxRelativeError } from '@bonsai/support/testing';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { cutsToExport } from '../export/support/cuts.ts';
import { DEMO_MODEL, demoWindows } from '../export/support/demo-model.ts';
import { useOwnEvaluation } from '../export/support/own-evaluation.ts';
import { askTransformers, tokenizeInTransformers } from './ask-transformers.ts';
import { NOTHING_LEFT_OVER } from './nothing-left-over.ts';

const checkpoint = await openCheckpoint(DEMO_MODEL);
afterAll(async () => checkpoint.close());
const windows = await demoWindows();
const cuts = cutsToExport(checkpoint.config);

describe('The pruned demo model in transformers', () => {
  const work = useTemporaryDirectory();
  const ours = useOwnEvaluation();

  /** Exports models, and holds what transformers makes of them against what a scorer does. */
  async function expectTheSame(
    models: readonly { readonly model: Checkpoint; readonly cut: UnitSet }[],
    tolerance = 1e-4,
  ): Promise<void> {
    const directories = models.map((_, at) => work.path(`${at}`));
    for (const [at, { model, cut }] of models.entries()) {
      await writeHuggingFace({ checkpoint: model, cut, directory: directories[at] as string, overwrite: true });
    }
    const answers = await askTransformers(directories, windows);
    for (const [at, { model, cut }] of models.entries()) {
      const answer = answers[at];
      expect(answer?.leftOver).toEqual(NOTHING_LEFT_OVER);
      expect(maxRelativeError(answer?.nll ?? [], await ours.nllSums(model, cut, windows))).toBeLessThanOrEqual(
        tolerance,
      );
    }
  }

  it('predicts the same with every cut that leaves anything', async () => {
    const left = cuts.filter(({ cut }) => cut.includes(0));
    expect(left.length).toBeGreaterThan(10);
    await expectTheSame(left.map(({ cut }) => ({ model: checkpoint, cut })));
  });

  it.each([
    { method: 'alignedLeastSquares', isUniform: false },
    { method: 'bias', isUniform: false },
    { method: 'bias', isUniform: true },
  ] as const)('predicts the same when recovered by $method (same widths everywhere: $isUniform)', async (recovery) => {
    const { method, isUniform } = recovery;
    const { cut } = cuts.find(({ uniform, cut }) => uniform === isUniform && cut.includes(1))!;
    const recovered = work.path(`${method}-${isUniform}.safetensors`);
    await ours.recover(checkpoint, cut, windows, recovered, method);
    const model = await openRecovered(await openCheckpoint(DEMO_MODEL), cut, recovered);
    try {
      // The files hold F16, as the source does, and what was recovered is f32.
      await expectTheSame([{ model, cut }], 1e-3);
      const [plain, repaired] = [await ours.nllSums(checkpoint, cut, windows), await ours.nllSums(model, cut, windows)];
      expect(maxRelativeError(repaired, plain)).toBeGreaterThan(1e-2);
    } finally {
      await model.close();
    }
  });

  it('brings a tokenizer that transformers opens, with the same tokens', async () => {
    const directory = work.path('tokenizer');
    await writeHuggingFace({ checkpoint, cut: cuts[1]!.cut, directory });
    const texts = ['The state of the Union is strong.', '  Whales,\n\tships & 1851.'];
    const tokenizer = await loadTokenizer(DEMO_MODEL);
    const ids = texts.map((text) => [...tokenizer.encode(text)]);
    expect(await tokenizeInTransformers(directory, texts)).toEqual(ids);
  });
});
