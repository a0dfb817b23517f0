import type { JsonObject } from '@bonsai/support';
import { loadTokenizer } from '../../tokenizer/load-tokenizer.ts';
import { parseTokenizerDefinition } from '../../tokenizer/tokenizer-definition.ts';
import { readTokenizerFile, TOKENIZER_CONFIG_FILE, TOKENIZER_FILE } from '../../tokenizer/tokenizer-file.ts';
import type { GgufValue } from '../gguf-value.ts';
import { byteLevelVocabulary } from './byte-level.ts';
import { chatTemplate } from './chat-template.ts';
import { notInGguf } from './not-in-gguf.ts';
import { sentencePieceVocabulary } from './sentencepiece.ts';
import { specialTokens } from './special-tokens.ts';

export interface VocabularyModel {
  readonly entries: ReadonlyArray<readonly [string, GgufValue]>;
  /** Where llama.cpp may treat text otherwise than the tokenizer's files say; sentences. */
  readonly notes: readonly string[];
}

/**
 * The tokenizer keys of a GGUF file, from tokenizer.json and the files beside it.
 * @throws BonsaiError TOKENIZER_INVALID, LAYOUT_NOT_SUPPORTED
 */
export async function ggufVocabulary(
  tokenizerDirectory: string,
  modelConfig: JsonObject,
  vocabSize: number,
): Promise<VocabularyModel> {
  // Also says what is wrong with the files, if anything is.
  const { bosId } = await loadTokenizer(tokenizerDirectory);
  const definition = parseTokenizerDefinition((await readTokenizerFile(tokenizerDirectory, TOKENIZER_FILE)) ?? {});
  if (definition.modelType !== 'BPE') {
    throw notInGguf('model.type', `a ${definition.modelType} tokenizer; only BPE tokenizers are`);
  }
  const model = definition.byteFallback
    ? sentencePieceVocabulary(definition, vocabSize)
    : byteLevelVocabulary(definition, vocabSize);
  const tokenizerConfig = (await readTokenizerFile(tokenizerDirectory, TOKENIZER_CONFIG_FILE)) ?? {};
  const special = specialTokens(definition, tokenizerConfig, modelConfig, bosId, vocabSize);
  const template = await chatTemplate(tokenizerDirectory, tokenizerConfig);
  return {
    entries: [...model.entries, ...special, ...template.entries],
    notes: [...model.notes, ...template.notes],
  };
}
