import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import type { Checkpoint } from './checkpoint.ts';
import { checkGgufExport } from './gguf/check-gguf-export.ts';
import { checkHuggingFaceExport } from './huggingface/check-huggingface-export.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { writeTinyCheckpoint } from './testing/tiny-checkpoint.ts';
import { byteLevelTokenizer, writeTokenizer } from './testing/tiny-tokenizers.ts';

const UNSUPPORTED = { code: 'FAILED_PRECONDITION', reason: 'LAYOUT_NOT_SUPPORTED' };
const withBiases = { recoversBiases: true };
const withoutBiases = { recoversBiases: false };

describe('before there is a cut', () => {
  const temporary = useTemporaryDirectory();

  async function opened(name: string, family: string, tokenizer = byteLevelTokenizer()): Promise<Checkpoint> {
    const directory = temporary.path(name);
    await writeTinyCheckpoint(directory, { config: { model_type: family, head_dim: 4 } });
    await writeTokenizer(directory, tokenizer);
    const checkpoint = await openCheckpoint(directory);
    await checkpoint.close();
    return checkpoint;
  }

  it.each([
    ['llama', 'fits', 'fits'],
    ['mistral', 'fits', 'does not'],
    ['qwen2', 'fits', 'does not'],
    ['qwen3', 'does not', 'does not'],
  ])('recovered biases of a %s: GGUF %s, Hugging Face %s', async (family, gguf, huggingFace) => {
    const checkpoint = await opened(family, family);
    await checkGgufExport(checkpoint, withoutBiases);
    checkHuggingFaceExport(checkpoint, withoutBiases);

    const asked = checkGgufExport(checkpoint, withBiases);
    await (gguf === 'fits' ? asked : expect(asked).rejects.toMatchObject(UNSUPPORTED));
    const ask = (): void => checkHuggingFaceExport(checkpoint, withBiases);
    if (huggingFace === 'fits') ask();
    else expect(ask).toThrow(expect.objectContaining(UNSUPPORTED));
  });

  it('is told that GGUF has no such tokenizer', async () => {
    const model = { type: 'Unigram', vocab: [['a', -1]], unk_id: 0 };
    const checkpoint = await opened('unigram', 'llama', { ...byteLevelTokenizer(), model });
    await expect(checkGgufExport(checkpoint, withoutBiases)).rejects.toMatchObject({
      reason: 'LAYOUT_NOT_SUPPORTED',
      field: expect.stringContaining('model.type'),
    });
    checkHuggingFaceExport(checkpoint, withoutBiases);
  });
});
