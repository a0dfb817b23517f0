import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJsonObject } from '@bonsai/support';
import type { Checkpoint } from '../../checkpoint.ts';
import { CONFIG_FILE } from '../../config/config-fields.ts';
import { ggufVocabulary } from './vocabulary.ts';
import type { VocabularyModel } from './vocabulary.ts';

/**
 * The tokenizer keys of a checkpoint's GGUF file.
 * @param tokenizerDirectory where tokenizer.json lies
 * @throws BonsaiError TOKENIZER_INVALID, LAYOUT_NOT_SUPPORTED
 */
export async function checkpointVocabulary(
  { directory, config }: Checkpoint,
  tokenizerDirectory = directory,
): Promise<VocabularyModel> {
  const modelConfig = parseJsonObject(await readFile(join(directory, CONFIG_FILE))) ?? {};
  return ggufVocabulary(tokenizerDirectory, modelConfig, config.vocabSize);
}
