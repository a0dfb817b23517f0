import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEMO_MODEL } from './demo-model.ts';

interface TokenizerJson {
  readonly pre_tokenizer: unknown;
  readonly post_processor: unknown;
  readonly model: { readonly vocab: Readonly<Record<string, number>>; readonly merges: readonly string[] };
}

async function demoTokenizer(): Promise<TokenizerJson> {
  return JSON.parse(await readFile(join(DEMO_MODEL, 'tokenizer.json'), 'utf8')) as TokenizerJson;
}

const bytesOnly = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
const sequence = (...pretokenizers: object[]): object => ({ type: 'Sequence', pretokenizers });
const split = (regex: string): object => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior: 'Isolated',
  invert: false,
});

const WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
const REST = ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const TEKKEN =
  `[^\\r\\n\\p{L}\\p{N}]?${UPPER}*${LOWER}+|[^\\r\\n\\p{L}\\p{N}]?${UPPER}+${LOWER}*|` +
  '\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** The bundled tokenizer with the ways of splitting words of other model families: tokenizer.json by name. */
export async function byteLevelVariants(): Promise<ReadonlyMap<string, object>> {
  const tokenizer = await demoTokenizer();
  const variant = (preTokenizer: object, ignoreMerges: boolean): object => ({
    ...tokenizer,
    pre_tokenizer: preTokenizer,
    model: { ...tokenizer.model, ignore_merges: ignoreMerges },
  });
  const digits = { type: 'Digits', individual_digits: true };
  return new Map([
    ['GPT-2', tokenizer],
    ['SmolLM', variant(sequence(digits, { ...bytesOnly, use_regex: true }), false)],
    ['Llama 3', variant(sequence(split(`${WORDS}|\\p{N}{1,3}|${REST}`), bytesOnly), true)],
    ['Qwen 2', variant(sequence(split(`${WORDS}|\\p{N}|${REST}`), bytesOnly), false)],
    ['Tekken', variant(sequence(split(TEKKEN), bytesOnly), true)],
  ]);
}

const SPACE = '\u2581';
/** With bytes and letters, fewer than the model has. */
const LEARNED_TOKENS = 1500;

/**
 * A tokenizer in the manner of Llama 2, from the words of the bundled one: spaces as letters, characters outside the
 * vocabulary as bytes, and every pair that makes a token among the merges.
 */
export async function sentencePieceVariant(): Promise<object> {
  const { merges } = (await demoTokenizer()).model;
  const learned = merges
    .slice(0, LEARNED_TOKENS)
    .map((merge) => merge.replace(' ', '').replaceAll('Ġ', SPACE))
    .filter((token) => /^\u2581*[!-~]*$/.test(token));
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i));
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, SPACE, ...printable, ...learned];
  const vocab = Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id]));
  const allSplits = learned.flatMap((token) =>
    Array.from({ length: token.length - 1 }, (_, i): [string, string] => [token.slice(0, i + 1), token.slice(i + 1)]),
  );
  const special = (id: number, content: string): object => ({ id, content, special: true, normalized: false });
  return {
    version: '1.0',
    added_tokens: [special(0, '<unk>'), special(1, '<s>'), special(2, '</s>')],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: SPACE },
        { type: 'Replace', pattern: { String: ' ' }, content: SPACE },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
      vocab,
      merges: allSplits.filter(([left, right]) => left in vocab && right in vocab),
    },
  };
}
