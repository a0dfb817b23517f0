import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import type { Checkpoint } from '../checkpoint.ts';
import { openCheckpoint } from '../open-checkpoint.ts';
import { cutOf, type Removed } from '../testing/cut-of.ts';
import { writeTinyCheckpoint } from '../testing/tiny-checkpoint.ts';
import { sentencePieceTokenizer, writeTokenizer } from '../testing/tiny-tokenizers.ts';
import { ggufBytes, ggufSize } from './gguf-size.ts';

describe('ggufSize', () => {
  const temporary = useTemporaryDirectory();
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    await writeTinyCheckpoint(temporary.path('model'));
    await writeTokenizer(temporary.path('model'), sentencePieceTokenizer(), { bos_token: '<s>' });
    checkpoint = await openCheckpoint(temporary.path('model'));
  });
  afterAll(async () => checkpoint.close());

  it.each<[Removed, number, number]>([
    [{}, 0, 0],
    [{ 0: { neurons: [1, 2] } }, 0, 2],
    [{ 1: { groups: [0], neurons: [3] }, 2: { groups: [1] } }, 2, 1],
  ])('is what parts take of the file, which without %j is no larger', async (removed, groups, neurons) => {
    for (const floats of ['f32', 'f16'] as const) {
      const { kvGroup, ffnNeuron, other, widthsMayDiffer } = await ggufSize(checkpoint, floats, {
        recoversBiases: false,
      });
      const { layerCount, kvHeads, ffnSize } = checkpoint.config;
      const parts = other + (layerCount * kvHeads - groups) * kvGroup + (layerCount * ffnSize - neurons) * ffnNeuron;
      const bytes = await ggufBytes(checkpoint, cutOf(checkpoint.config, removed), floats);
      expect(bytes).toBeLessThanOrEqual(parts);
      // What is said of the widths of every layer where they differ.
      expect(bytes).toBeGreaterThan(parts - 300);
      expect(widthsMayDiffer).toBe(true);
    }
  });
});
