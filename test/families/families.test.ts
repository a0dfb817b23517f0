import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCheckpoint, writeGguf, writeHuggingFace } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { naiveForward } from '@bonsai/model/testing';
import { emptySet, union } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { integerBelow, seededRandom } from '@bonsai/support';
import { maxRelativeError } from '@bonsai/support/testing';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { askLlamaCpp } from '../export/support/ask-llama-cpp.ts';
import { CutBuilder } from '../export/support/cuts.ts';
import { ggufArchitecture } from '../export/support/gguf-architecture.ts';
import { useOwnEvaluation } from '../export/support/own-evaluation.ts';
import { familyFiles, LAYERS } from './support/family-files.ts';
import type { FamilyName, Sizes } from './support/family-files.ts';
import { writeRandomCheckpoint } from './support/random-checkpoint.ts';

const random = seededRandom(7);
const windows = [23, 40].map((length) => Uint32Array.from({ length }, () => integerBelow(random, 2048)));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

async function exactNll(checkpoint: Checkpoint, removed: UnitSet): Promise<number[]> {
  return Promise.all(windows.map(async (window) => sum((await naiveForward(checkpoint, removed, window)).nll)));
}

interface Subject {
  readonly family: FamilyName;
  readonly name: string;
  readonly sizes: Sizes;
  /** What llama.cpp runs: the whole model, one of equal narrower layers, one of unequal layers; none if it cannot. */
  readonly architectures: readonly [string, string, string] | undefined;
  /** What the Hugging Face export calls itself, where that is not its family. */
  readonly modelType?: string;
}

const ODD: Sizes = { hidden: 37, queryHeads: 6, kvHeads: 3, headDim: 10, ffn: 41 };
const SQUARE: Sizes = { hidden: 60, queryHeads: 6, kvHeads: 3, headDim: 10, ffn: 41 };

const SUBJECTS: readonly Subject[] = [
  // LlamaConfig wants the hidden size to be a multiple of the heads.
  {
    family: 'llama',
    name: 'of odd sizes',
    sizes: ODD,
    architectures: ['llama', 'llama', 'deci'],
    modelType: 'mistral',
  },
  {
    family: 'biasedLlama',
    name: 'with square queries',
    sizes: SQUARE,
    architectures: ['llama', 'llama', 'deci'],
    modelType: 'llama',
  },
  { family: 'mistral', name: 'of odd sizes', sizes: ODD, architectures: ['llama', 'llama', 'deci'] },
  { family: 'qwen2', name: 'of odd sizes', sizes: ODD, architectures: ['llama', 'llama', 'deci'] },
  { family: 'qwen2', name: 'with square queries', sizes: SQUARE, architectures: ['qwen2', 'llama', 'deci'] },
  { family: 'qwen3', name: 'of odd sizes', sizes: ODD, architectures: ['qwen3', 'qwen3', 'qwen3'] },
  { family: 'phi', name: 'of odd sizes', sizes: ODD, architectures: undefined },
  { family: 'phi', name: 'with square queries', sizes: SQUARE, architectures: ['phi2', 'phi2', 'phi2'] },
  { family: 'phi3', name: 'of odd sizes', sizes: ODD, architectures: ['llama', 'llama', 'deci'] },
  { family: 'phi3', name: 'with square queries', sizes: SQUARE, architectures: ['phi3', 'llama', 'deci'] },
];

/**
 * One KV group and the same number of neurons less in every layer; something else in each; a layer of fewer query heads; and one
 * without attention, one without FFN.
 */
function cutsOf({ config }: Checkpoint): Record<'whole' | 'uniform' | 'irregular' | 'headless' | 'hollow', UnitSet> {
  const uniform = new CutBuilder(config);
  for (let layer = 0; layer < LAYERS; layer++) {
    uniform.remove(layer, 'kvGroup', [layer % 3]).remove(layer, 'ffnNeuron', [layer, layer + 5, 40]);
  }
  const irregular = (): CutBuilder =>
    new CutBuilder(config).thin(0.4, 3).remove(0, 'kvGroup', [1]).remove(2, 'kvGroup', [0, 2]);
  return {
    whole: emptySet(uniform.units),
    uniform: uniform.cut,
    irregular: irregular().cut,
    headless: irregular().thinHeads(1).cut,
    hollow: irregular().remove(1, 'kvGroup').remove(2, 'ffnNeuron').cut,
  };
}

describe.each(SUBJECTS)('$family $name', ({ family, sizes, architectures, modelType = family }) => {
  const work = useTemporaryDirectory();
  const ours = useOwnEvaluation();

  let checkpoint: Checkpoint;

  beforeAll(async () => {
    await writeRandomCheckpoint(work.path('model'), familyFiles(family, sizes), 100);
    checkpoint = await openCheckpoint(work.path('model'));
  });
  afterAll(async () => checkpoint.close());

  it('is evaluated as its definition says, whole, cut and masked', async () => {
    const { whole, uniform, irregular, headless, hollow } = cutsOf(checkpoint);
    for (const [cut, mask] of [
      [whole, irregular],
      [uniform, whole],
      [irregular, uniform],
      [headless, uniform],
      [hollow, uniform],
    ] as const) {
      const [plain, masked] = await ours.nllSumsOfMasks(checkpoint, cut, [whole, mask], windows);
      expect(maxRelativeError(plain ?? [], await exactNll(checkpoint, cut))).toBeLessThanOrEqual(1e-4);
      expect(maxRelativeError(masked ?? [], await exactNll(checkpoint, union(cut, mask)))).toBeLessThanOrEqual(1e-4);
    }
  });

  it('runs in llama.cpp as it does here, or is refused', async () => {
    const { whole, uniform, irregular, headless, hollow } = cutsOf(checkpoint);
    for (const [at, cut] of [whole, uniform, irregular, headless, hollow].entries()) {
      const path = work.path(`${at}.gguf`);
      const written = writeGguf({ checkpoint, cut, floats: 'f32', path });
      if (architectures === undefined) {
        await expect(written).rejects.toMatchObject({ reason: 'LAYOUT_NOT_SUPPORTED', field: 'head_dim' });
        continue;
      }
      // A layer with fewer query heads is unequal to the others, too.
      await written;
      expect(await ggufArchitecture(path)).toBe(architectures[Math.min(at, 2)]);
      const { nll } = await askLlamaCpp({ model: path, windows });
      expect(maxRelativeError(nll.map(sum), await exactNll(checkpoint, cut))).toBeLessThanOrEqual(1e-4);
    }
  });

  it('is the same model behind a Hugging Face export', async () => {
    const { whole, uniform, irregular, headless, hollow } = cutsOf(checkpoint);
    for (const [layout, cut] of [
      ['uniform', whole],
      ['uniform', uniform],
      ['padded', irregular],
      ['padded', headless],
      ['padded', hollow],
    ] as const) {
      const directory = work.path('exported');
      const written = await writeHuggingFace({ checkpoint, cut, directory, overwrite: true });
      expect(written).toEqual({ layout });
      const exported = await openCheckpoint(directory);
      expect(exported.config).toMatchObject({ family: modelType, layerCount: LAYERS });
      const nll = await exactNll(exported, new CutBuilder(exported.config).cut);
      expect(maxRelativeError(nll, await exactNll(checkpoint, cut))).toBeLessThan(1e-9);
      await exported.close();
    }
  });
});

describe('A qwen2 with llama3 scaling, which qwen2 in llama.cpp has not', () => {
  const work = useTemporaryDirectory();
  const ours = useOwnEvaluation();

  it('runs there as it does here', async () => {
    const { config, shapes } = familyFiles('qwen2', SQUARE);
    const scaling = { rope_type: 'llama3', factor: 4, low_freq_factor: 1, high_freq_factor: 4 };
    const rope = { rope_scaling: { ...scaling, original_max_position_embeddings: 32 }, rope_theta: 100 };
    await writeRandomCheckpoint(work.path('model'), { config: { ...config, ...rope }, shapes }, 100);
    const checkpoint = await openCheckpoint(work.path('model'));
    try {
      const { whole } = cutsOf(checkpoint);
      const path = work.path('whole.gguf');
      await writeGguf({ checkpoint, cut: whole, floats: 'f32', path });
      expect(await ggufArchitecture(path)).toBe('llama');
      const { nll } = await askLlamaCpp({ model: path, windows });
      const own = await ours.nllSums(checkpoint, whole, windows);
      expect(maxRelativeError(nll.map(sum), own)).toBeLessThanOrEqual(1e-4);
      expect(maxRelativeError(own, await exactNll(checkpoint, whole))).toBeGreaterThan(1e-3);
    } finally {
      await checkpoint.close();
    }
  });
});
