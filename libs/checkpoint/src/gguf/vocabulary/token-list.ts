import type { TokenizerDefinition } from '../../tokenizer/tokenizer-definition.ts';
import { invalidTokenizer } from '../../tokenizer/tokenizer-file.ts';

/** llama_token_type numbers. */
export const TOKEN_TYPES = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface TokenList {
  /** Text of every id of the embedding table. */
  readonly texts: readonly string[];
  readonly types: readonly number[];
}

/**
 * One token for every row of the embedding table. Rows that the tokenizer does not use get a name of their own, as
 * llama.cpp's converter gives them.
 * @throws BonsaiError TOKENIZER_INVALID for ids beyond the table or texts that occur twice (llama.cpp aborts on both)
 */
export function listTokens(definition: TokenizerDefinition, vocabSize: number): TokenList {
  const texts = Array.from({ length: vocabSize }, (_, id) => `[PAD${id}]`);
  const types = new Array<number>(vocabSize).fill(TOKEN_TYPES.unused);
  const put = (id: number, text: string, type: number): void => {
    if (id >= vocabSize) {
      throw invalidTokenizer(
        'vocab_size',
        `Token ${text} has id ${id}, but vocab_size of config.json is ${vocabSize}.`,
      );
    }
    texts[id] = text;
    types[id] = type;
  };
  for (const [text, id] of definition.vocabulary)
    put(id, text, isByteToken(text, definition) ? TOKEN_TYPES.byte : TOKEN_TYPES.normal);
  for (const [id, { content, special }] of definition.addedTokens) {
    put(id, content, special ? TOKEN_TYPES.control : TOKEN_TYPES.userDefined);
  }
  const unknown = definition.unknownToken === undefined ? -1 : texts.indexOf(definition.unknownToken);
  if (unknown >= 0) types[unknown] = TOKEN_TYPES.unknown;
  refuseRepeated(texts);
  return { texts, types };
}

function isByteToken(text: string, definition: TokenizerDefinition): boolean {
  return definition.byteFallback && /^<0x[0-9A-F]{2}>$/.test(text);
}

function refuseRepeated(texts: readonly string[]): void {
  const seen = new Map<string, number>();
  for (const [id, text] of texts.entries()) {
    const other = seen.get(text);
    if (other !== undefined) {
      throw invalidTokenizer('model.vocab', `Tokens ${other} and ${id} have the same text ${JSON.stringify(text)}.`);
    }
    seen.set(text, id);
  }
}
