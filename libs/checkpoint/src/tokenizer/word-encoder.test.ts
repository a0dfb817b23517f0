import { describe, expect, it } from '@jest/globals';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { byteLevelTokenizer, sentencePieceTokenizer } from '../testing/tiny-tokenizers.ts';
import { parseTokenizerDefinition } from './tokenizer-definition.ts';
import { wordEncoder } from './word-encoder.ts';

type Json = Record<string, unknown>;
type Encode = (text: string) => readonly number[];

function encoders(json: Json): { whole: Encode; byWords: Encode | undefined } {
  const tokenizer = new Tokenizer(json, {});
  const whole: Encode = (text) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  return { whole, byWords: wordEncoder(parseTokenizerDefinition(json), whole) };
}

const MARK = '\u2581';
const older = sentencePieceTokenizer();
const metaspace = { type: 'Metaspace', replacement: MARK, prepend_scheme: 'first', split: false };
const newer = { ...older, normalizer: null, pre_tokenizer: metaspace };
const unprefixed = { ...newer, pre_tokenizer: { ...metaspace, prepend_scheme: 'never' } };

function withVocabulary(json: Json, change: (vocabulary: Record<string, number>) => void): Json {
  const copy = structuredClone(json) as { model: { vocab: Record<string, number> } };
  change(copy.model.vocab);
  return { ...copy };
}

describe('wordEncoder', () => {
  it.each([
    ['a Prepend normalizer', older],
    ['a Metaspace pre-tokenizer', newer],
    ['no space before the text', unprefixed],
  ])('encodes as the whole text is encoded, with %s', (_, json) => {
    const { whole, byWords } = encoders(json);
    const piece = fc.constantFrom(
      'the',
      'an',
      'then',
      ' ',
      '  ',
      '   ',
      't',
      'é',
      '漢',
      '\n',
      '\t',
      MARK,
      'he',
      '<s>',
      'x',
    );
    const text = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (sample) => {
        expect(byWords?.(sample)).toEqual(whole(sample));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a token reaches over a space', withVocabulary(older, (vocabulary) => (vocabulary[`n${MARK}t`] = 290))],
    ['a byte has no token', withVocabulary(older, (vocabulary) => delete vocabulary['<0x7F>'])],
    ['the text is normalised otherwise', { ...older, normalizer: { type: 'NFKC' } }],
    ['the tokenizer works on bytes', byteLevelTokenizer()],
  ])('is not for a tokenizer where %s', (_, json) => {
    expect(encoders(json).byWords).toBeUndefined();
  });
});
