import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { byteLevelTokenizer, sentencePieceTokenizer, writeTokenizer } from '../../testing/tiny-tokenizers.ts';
import { ggufVocabulary } from './vocabulary.ts';

type Json = Record<string, unknown>;
type Vocabulary = { keys: Map<string, unknown>; notes: readonly string[] };

describe('ggufVocabulary', () => {
  const temporary = useTemporaryDirectory();
  let made = 0;

  async function vocabulary(
    tokenizer: Json,
    config?: Json,
    vocabSize = 300,
    modelConfig: Json = {},
  ): Promise<Vocabulary> {
    const directory = temporary.path(`tokenizer-${(made += 1)}`);
    await writeTokenizer(directory, tokenizer, config);
    const { entries, notes } = await ggufVocabulary(directory, modelConfig, vocabSize);
    return { keys: new Map(entries.map(([key, { value }]) => [key.replace('tokenizer.ggml.', ''), value])), notes };
  }

  function modelOf(tokenizer: Json, changes: Json): Json {
    return { ...tokenizer, model: { ...Object(tokenizer['model']), ...changes } };
  }

  describe('of a BPE with byte fallback', () => {
    it('scores tokens by their first merge and names their kinds', async () => {
      const { keys, notes } = await vocabulary(sentencePieceTokenizer());
      expect(notes).toEqual([]);
      const tokens = keys.get('tokens') as string[];
      const scores = keys.get('scores') as number[];
      const types = keys.get('token_type') as number[];
      expect([tokens.length, scores.length, types.length]).toEqual([300, 300, 300]);
      const score = (token: string): number | undefined => scores[tokens.indexOf(token)];
      expect(['\u2581t', 'he', '\u2581the', 'an', '\u2581a', '\u2581an'].map(score)).toEqual([-0, -1, -2, -3, -4, -5]);
      expect(types.slice(0, 5)).toEqual([2, 3, 3, 6, 6]);
      expect(types[tokens.indexOf('he')]).toBe(1);
      expect([tokens.at(-1), types.at(-1)]).toEqual(['[PAD299]', 5]);
      expect(keys.get('model')).toBe('llama');
      expect(keys.get('add_space_prefix')).toBe(true);
    });

    it('says what goes before and after a text', async () => {
      const config = {
        eos_token: { content: '</s>' },
        unk_token: '<unk>',
        add_eos_token: true,
      };
      const { keys } = await vocabulary(sentencePieceTokenizer(), config);
      expect(Object.fromEntries(keys)).toMatchObject({
        bos_token_id: 1,
        eos_token_id: 2,
        unknown_token_id: 0,
        add_bos_token: true,
        add_eos_token: true,
      });
      expect(keys.has('padding_token_id')).toBe(false);
    });

    it('takes the newer way of writing spaces', async () => {
      const metaspace = { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'first', split: false };
      const newer = { ...sentencePieceTokenizer(), normalizer: null, pre_tokenizer: metaspace };
      expect((await vocabulary(newer)).keys.get('add_space_prefix')).toBe(true);
      const bare = { ...newer, pre_tokenizer: { ...metaspace, prepend_scheme: 'never' } };
      expect((await vocabulary(bare)).keys.get('add_space_prefix')).toBe(false);
    });

    it('notes a join that llama.cpp may make although no merge does', async () => {
      const tokenizer = sentencePieceTokenizer();
      const merges = (Object(tokenizer['model']) as { merges: string[] }).merges.filter(
        (merge) => merge !== '\u2581 an',
      );
      expect((await vocabulary(modelOf(tokenizer, { merges }))).notes).toEqual([expect.stringContaining('\u2581an')]);
    });

    it.each([
      ['normalizer', { normalizer: { type: 'NFKC' } }],
      ['pre_tokenizer', { pre_tokenizer: { type: 'Metaspace', replacement: '\u2581', split: true } }],
      ['pre_tokenizer', { pre_tokenizer: { type: 'Whitespace' } }],
    ])('refuses another %s: %j', async (field, changes) => {
      await expect(vocabulary({ ...sentencePieceTokenizer(), ...changes })).rejects.toMatchObject({
        reason: 'LAYOUT_NOT_SUPPORTED',
        field,
      });
    });
  });

  describe('of a byte-level BPE', () => {
    const split = (pattern: string | Json, behaviour: Json = { behavior: 'Isolated', invert: false }): Json => ({
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: typeof pattern === 'string' ? { Regex: pattern } : pattern, ...behaviour },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    });
    const LLAMA3 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    const TEKKEN =
      '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
    const digits = {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: true },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      ],
    };

    // As tokenizers of tiktoken are converted: what is removed is what the expression leaves over, nothing.
    const tiktoken = { behavior: 'Removed', invert: true };

    it.each<[string, Json, boolean]>([
      ['gpt-2', { type: 'ByteLevel', add_prefix_space: false, use_regex: true }, false],
      ['smollm', digits, false],
      ['llama-bpe', split(LLAMA3), true],
      ['dbrx', split(LLAMA3), false],
      ['dbrx', split(LLAMA3, tiktoken), false],
      ['qwen2', split(LLAMA3.replace('{1,3}', '')), false],
      ['tekken', split(TEKKEN), true],
    ])('knows the words of %s', async (name, preTokenizer, ignoreMerges) => {
      const tokenizer = modelOf(byteLevelTokenizer(preTokenizer), { ignore_merges: ignoreMerges });
      const { keys, notes } = await vocabulary(tokenizer);
      expect([keys.get('model'), keys.get('pre'), notes]).toEqual(['gpt2', name, []]);
      expect(keys.get('merges')).toEqual(['Ġ t', 'h e', 'Ġt he']);
    });

    it('names control tokens and tokens of the user', async () => {
      const { keys } = await vocabulary(byteLevelTokenizer(), { eos_token: '<|end|>' }, 16, { bos_token_id: 12 });
      const types = keys.get('token_type') as number[];
      expect((keys.get('tokens') as string[]).slice(11)).toEqual(['Ġthe', '<|end|>', '<|tool|>', '[PAD14]', '[PAD15]']);
      expect(types.slice(11)).toEqual([1, 3, 4, 5, 5]);
      expect(Object.fromEntries(keys)).toMatchObject({ eos_token_id: 12, bos_token_id: 12, add_bos_token: false });
    });

    it('takes merges that are written as pairs', async () => {
      const tokenizer = modelOf(byteLevelTokenizer(), { merges: [['h', 'e']] });
      expect((await vocabulary(tokenizer)).keys.get('merges')).toEqual(['h e']);
    });

    it('notes what llama.cpp does otherwise', async () => {
      const tokenizer = modelOf({ ...byteLevelTokenizer(), normalizer: { type: 'NFC' } }, { ignore_merges: true });
      expect((await vocabulary(tokenizer)).notes).toHaveLength(2);
    });

    it.each([
      ['an unknown regular expression', split('\\w+'), 'split(\\w+), bytes'],
      ['a word as the border', split({ String: '--' }), 'split("--"), bytes'],
      ['a border that is removed', split(LLAMA3, { behavior: 'Removed', invert: false }), '"behavior":"Removed"'],
      ['a space before the text', { type: 'ByteLevel', add_prefix_space: true }, '"add_prefix_space":true'],
      ['no byte level', { type: 'Whitespace' }, 'Whitespace'],
    ])('refuses %s', async (_, preTokenizer, words) => {
      await expect(vocabulary(byteLevelTokenizer(preTokenizer))).rejects.toMatchObject({
        reason: 'LAYOUT_NOT_SUPPORTED',
        field: 'pre_tokenizer',
        message: expect.stringContaining(words),
      });
    });
  });

  it.each([
    ['more tokens than the embedding table', byteLevelTokenizer(), 13, 'vocab_size'],
    ['a text that two tokens share', modelOf(byteLevelTokenizer(), { vocab: { a: 0, '[PAD1]': 2 } }), 3, 'model.vocab'],
  ])('refuses %s', async (_, tokenizer, vocabSize, field) => {
    const bare = field === 'model.vocab' ? { ...tokenizer, added_tokens: [] } : tokenizer;
    const merged = field === 'model.vocab' ? modelOf(bare, { merges: [] }) : bare;
    await expect(vocabulary(merged, undefined, vocabSize)).rejects.toMatchObject({
      reason: 'TOKENIZER_INVALID',
      field,
    });
  });

  it('refuses a tokenizer that is not a BPE', async () => {
    const tokenizer = { ...byteLevelTokenizer(), model: { type: 'Unigram', vocab: [['a', -1]], unk_id: 0 } };
    await expect(vocabulary(tokenizer)).rejects.toMatchObject({ reason: 'LAYOUT_NOT_SUPPORTED', field: 'model.type' });
  });
});
