import { describe, expect, it } from '@jest/globals';
import { openCheckpoint, writeHuggingFace } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { naiveForward } from '@bonsai/model/testing';
import type { UnitSet } from '@bonsai/pruning';
import { emptySet } from '@bonsai/pruning';
import { integerBelow, seededRandom } from '@bonsai/support';
import { maxRelativeError } from '@bonsai/support/testing';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { CutBuilder } from '../export/support/cuts.ts';
import { familyFiles, LAYERS } from '../families/support/family-files.ts';
import type { FamilyName, Sizes } from '../families/support/family-files.ts';
import { writeRandomCheckpoint } from '../families/support/random-checkpoint.ts';
import { askTransformers } from './ask-transformers.ts';
import { NOTHING_LEFT_OVER } from './nothing-left-over.ts';

const random = seededRandom(11);
const windows = [23, 40].map((length) => Uint32Array.from({ length }, () => integerBelow(random, 2048)));

const ODD: Sizes = { hidden: 37, queryHeads: 6, kvHeads: 3, headDim: 10, ffn: 41 };
const SQUARE: Sizes = { hidden: 60, queryHeads: 6, kvHeads: 3, headDim: 10, ffn: 41 };

interface Subject {
  readonly family: FamilyName;
  readonly sizes: Sizes;
  /** What transformers opens it as. */
  readonly opened: string;
}

const SUBJECTS: readonly Subject[] = [
  { family: 'llama', sizes: SQUARE, opened: 'LlamaForCausalLM' },
  // LlamaConfig wants the hidden size to be a multiple of the heads.
  { family: 'llama', sizes: ODD, opened: 'MistralForCausalLM' },
  { family: 'biasedLlama', sizes: SQUARE, opened: 'LlamaForCausalLM' },
  { family: 'mistral', sizes: ODD, opened: 'MistralForCausalLM' },
  { family: 'qwen2', sizes: SQUARE, opened: 'Qwen2ForCausalLM' },
  { family: 'qwen3', sizes: ODD, opened: 'Qwen3ForCausalLM' },
  { family: 'phi', sizes: SQUARE, opened: 'PhiForCausalLM' },
  { family: 'phi3', sizes: SQUARE, opened: 'Phi3ForCausalLM' },
];

/** Nothing; one KV group and the same number of neurons less in every layer; something else in each. */
function cutsOf({ config }: Checkpoint): readonly UnitSet[] {
  const uniform = new CutBuilder(config);
  for (let layer = 0; layer < LAYERS; layer++) {
    uniform.remove(layer, 'kvGroup', [layer % 3]).remove(layer, 'ffnNeuron', [layer, layer + 5, 40]);
  }
  const irregular = new CutBuilder(config).thin(0.4, 3).remove(0, 'kvGroup', [1]).remove(2, 'kvGroup', [0, 2]);
  return [emptySet(uniform.units), uniform.cut, irregular.cut];
}

describe.each(SUBJECTS)('A pruned $family as $opened', ({ family, sizes, opened }) => {
  const work = useTemporaryDirectory();

  it('is opened without a tensor left over, and predicts what its definition says', async () => {
    await writeRandomCheckpoint(work.path('model'), familyFiles(family, sizes), 100);
    const checkpoint = await openCheckpoint(work.path('model'));
    const exact: number[][] = [];
    const directories: string[] = [];
    for (const [at, cut] of cutsOf(checkpoint).entries()) {
      const directory = work.path(`cut-${at}`);
      await writeHuggingFace({ checkpoint, cut, directory });
      directories.push(directory);
      exact.push(
        await Promise.all(windows.map(async (window) => total((await naiveForward(checkpoint, cut, window)).nll))),
      );
    }
    await checkpoint.close();
    const answers = await askTransformers(directories, windows);
    expect(answers.map(({ class: name }) => name)).toEqual([opened, opened, opened]);
    for (const [at, { leftOver, nll }] of answers.entries()) {
      expect(leftOver).toEqual(NOTHING_LEFT_OVER);
      expect(maxRelativeError(nll, exact[at] as number[])).toBeLessThanOrEqual(1e-4);
    }
  });
});

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
