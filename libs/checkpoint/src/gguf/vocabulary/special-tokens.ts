import { isJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';
import type { TokenizerDefinition } from '../../tokenizer/tokenizer-definition.ts';
import { u32 } from '../gguf-value.ts';
import type { GgufValue } from '../gguf-value.ts';

/** GGUF key, key of tokenizer_config.json, key of config.json. */
const ROLES = [
  ['tokenizer.ggml.bos_token_id', 'bos_token', 'bos_token_id'],
  ['tokenizer.ggml.eos_token_id', 'eos_token', 'eos_token_id'],
  ['tokenizer.ggml.unknown_token_id', 'unk_token', 'unk_token_id'],
  ['tokenizer.ggml.padding_token_id', 'pad_token', 'pad_token_id'],
] as const;

/**
 * Ids of the special tokens and what llama.cpp puts around a text.
 * @param tokenizerConfig tokenizer_config.json
 * @param modelConfig config.json, which names ids where tokenizer_config.json names no token
 * @param bosId the token that the tokenizer puts first, if it does
 */
export function specialTokens(
  definition: TokenizerDefinition,
  tokenizerConfig: JsonObject,
  modelConfig: JsonObject,
  bosId: number | undefined,
  vocabSize: number,
): Array<readonly [string, GgufValue]> {
  const ids = new Map([...definition.vocabulary]);
  for (const [id, { content }] of definition.addedTokens) ids.set(content, id);
  const entries: Array<readonly [string, GgufValue]> = [];
  for (const [key, token, idKey] of ROLES) {
    const named = ids.get(tokenText(tokenizerConfig[token]) ?? '');
    const id = (token === 'bos_token' ? bosId : undefined) ?? named ?? firstId(modelConfig[idKey]);
    if (id !== undefined && id < vocabSize) entries.push([key, u32(id)]);
  }
  entries.push(['tokenizer.ggml.add_bos_token', { type: 'bool', value: bosId !== undefined }]);
  entries.push(['tokenizer.ggml.add_eos_token', { type: 'bool', value: tokenizerConfig['add_eos_token'] === true }]);
  return entries;
}

/** Tokens are written as their text or as an AddedToken. */
function tokenText(value: unknown): string | undefined {
  const content = isJsonObject(value) ? value['content'] : value;
  return typeof content === 'string' ? content : undefined;
}

/** Instruction models list several end tokens; GGUF has room for one. */
function firstId(value: unknown): number | undefined {
  const id: unknown = Array.isArray(value) ? value[0] : value;
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : undefined;
}
