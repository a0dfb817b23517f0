import { isJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';
import { invalidTokenizer, TOKENIZER_FILE } from './tokenizer-file.ts';

export interface AddedToken {
  readonly content: string;
  readonly special: boolean;
}

/** The parts of tokenizer.json that this library looks into. */
export interface TokenizerDefinition {
  readonly modelType: string;
  /** Token text to id, without the added tokens. */
  readonly vocabulary: ReadonlyMap<string, number>;
  /** Pairs in order of rank. */
  readonly merges: ReadonlyArray<readonly [string, string]>;
  readonly addedTokens: ReadonlyMap<number, AddedToken>;
  readonly byteFallback: boolean;
  readonly ignoreMerges: boolean;
  readonly unknownToken: string | undefined;
  readonly normalizer: JsonObject | undefined;
  readonly preTokenizer: JsonObject | undefined;
}

/** @param json the content of tokenizer.json @throws BonsaiError TOKENIZER_INVALID */
export function parseTokenizerDefinition(json: JsonObject): TokenizerDefinition {
  const model = json['model'];
  if (!isJsonObject(model)) throw invalidTokenizer('model', `${TOKENIZER_FILE} has no model in it; download it again.`);
  const { type, unk_token: unknownToken } = model;
  return {
    modelType: typeof type === 'string' ? type : 'BPE',
    vocabulary: readVocabulary(model['vocab']),
    merges: readMerges(model['merges']),
    addedTokens: readAddedTokens(json['added_tokens']),
    byteFallback: model['byte_fallback'] === true,
    ignoreMerges: model['ignore_merges'] === true,
    unknownToken: typeof unknownToken === 'string' ? unknownToken : undefined,
    normalizer: objectOrUndefined(json['normalizer']),
    preTokenizer: objectOrUndefined(json['pre_tokenizer']),
  };
}

function objectOrUndefined(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

function readVocabulary(value: unknown): ReadonlyMap<string, number> {
  const vocabulary = new Map<string, number>();
  for (const [token, id] of Object.entries(isJsonObject(value) ? value : {})) {
    if (typeof id !== 'number') throw invalidTokenizer('model.vocab', `Token ${token} of ${TOKENIZER_FILE} has no id.`);
    vocabulary.set(token, id);
  }
  return vocabulary;
}

/** Merges are written "a b" in older files and ["a", "b"] in newer ones. */
function readMerges(value: unknown): Array<readonly [string, string]> {
  return (Array.isArray(value) ? value : []).map((merge: unknown) => {
    const pair: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    if (isPair(pair)) return pair;
    throw invalidTokenizer(
      'model.merges',
      `${TOKENIZER_FILE} has a merge that is not a pair: ${JSON.stringify(merge)}.`,
    );
  });
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((token) => typeof token === 'string');
}

function readAddedTokens(value: unknown): ReadonlyMap<number, AddedToken> {
  const added = new Map<number, AddedToken>();
  for (const token of Array.isArray(value) ? value : []) {
    if (!isJsonObject(token)) continue;
    const { id, content, special } = token;
    if (typeof id === 'number' && typeof content === 'string') added.set(id, { content, special: special === true });
  }
  return added;
}
