import { SPACE_MARK, spaceMarking } from '../../tokenizer/space-marks.ts';
import type { TokenizerDefinition } from '../../tokenizer/tokenizer-definition.ts';
import { text } from '../gguf-value.ts';
import type { GgufValue } from '../gguf-value.ts';
import { notInGguf } from './not-in-gguf.ts';
import { listTokens, TOKEN_TYPES } from './token-list.ts';
import type { VocabularyModel } from './vocabulary.ts';

/**
 * A BPE with byte fallback (Llama 2, Mistral): llama.cpp's "llama" vocabulary, which knows no merges but joins, again and
 * again, the neighbours whose joint token has the highest score. A score of minus the rank of a token's first merge gives
 * the order of the merges.
 * @throws BonsaiError LAYOUT_NOT_SUPPORTED, TOKENIZER_INVALID
 */
export function sentencePieceVocabulary(definition: TokenizerDefinition, vocabSize: number): VocabularyModel {
  const tokens = listTokens(definition, vocabSize);
  const ranks = new Map<string, number>();
  for (const [rank, [left, right]] of definition.merges.entries()) {
    if (!ranks.has(left + right)) ranks.set(left + right, rank);
  }
  const texts = tokens.texts.map((token, id) =>
    tokens.types[id] === TOKEN_TYPES.userDefined ? token.replaceAll(SPACE_MARK, ' ') : token,
  );
  const scores = tokens.texts.map((token) => -(ranks.get(token) ?? 0));
  const entries: Array<readonly [string, GgufValue]> = [
    ['tokenizer.ggml.model', text('llama')],
    ['tokenizer.ggml.pre', text('default')],
    ['tokenizer.ggml.tokens', { type: 'string[]', value: texts }],
    ['tokenizer.ggml.scores', { type: 'f32[]', value: scores }],
    ['tokenizer.ggml.token_type', { type: 'i32[]', value: tokens.types }],
    ['tokenizer.ggml.add_space_prefix', { type: 'bool', value: addsSpacePrefix(definition) }],
  ];
  return { entries, notes: unlistedMerges(definition) };
}

/**
 * Whether llama.cpp puts a space before the text. It does so even where the text begins with one, unlike Metaspace, which
 * no key can say.
 */
function addsSpacePrefix(definition: TokenizerDefinition): boolean {
  const marking = spaceMarking(definition);
  if (marking.usual) return marking.prefix !== 'never';
  throw notInGguf(
    marking.field,
    `the step ${JSON.stringify(marking.step)}; only SentencePiece's treatment of spaces is`,
  );
}

/** Joins that llama.cpp may make because the joint token exists, although tokenizer.json has no such merge. */
function unlistedMerges({ vocabulary, merges, addedTokens }: TokenizerDefinition): string[] {
  const listed = new Set(merges.map(([left, right]) => `${left} ${right}`));
  const added = new Set([...addedTokens.values()].map(({ content }) => content));
  for (const token of vocabulary.keys()) {
    if (added.has(token)) continue;
    for (let at = 1; at < token.length; at++) {
      const [left, right] = [token.slice(0, at), token.slice(at)];
      if (vocabulary.has(left) && vocabulary.has(right) && !listed.has(`${left} ${right}`)) {
        return [
          `llama.cpp may split some text otherwise than tokenizer.json: no merge makes ${token} of ${left} and ${right}.`,
        ];
      }
    }
  }
  return [];
}
