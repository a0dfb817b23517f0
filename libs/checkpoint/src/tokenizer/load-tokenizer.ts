import { readdir } from 'node:fs/promises';
import { Tokenizer as JsonTokenizer } from '@huggingface/tokenizers';
import { parseTokenizerDefinition } from './tokenizer-definition.ts';
import { invalidTokenizer, readTokenizerFile, TOKENIZER_CONFIG_FILE, TOKENIZER_FILE } from './tokenizer-file.ts';
import { wordEncoder } from './word-encoder.ts';

/** Of tokenizers that transformers makes a tokenizer.json of. */
const OTHER_TOKENIZER_FILES = ['tokenizer.model', 'vocab.json'];

/** The tokenizer of a checkpoint, as its tokenizer.json describes it. */
export interface Tokenizer {
  /** Token that this tokenizer puts before a text, if it does. */
  readonly bosId: number | undefined;
  /** Ids of a text as it stands, nothing put before or after it. Special tokens written out in the text are found. */
  encode(text: string): Uint32Array;
  decode(tokens: ArrayLike<number>): string;
}

/**
 * Loads `tokenizer.json` (with `tokenizer_config.json`, if there is one) of a checkpoint directory.
 * @throws BonsaiError TOKENIZER_INVALID
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const json = await readTokenizerFile(directory, TOKENIZER_FILE);
  if (json === undefined) throw invalidTokenizer(directory, await noTokenizer(directory));
  const config = (await readTokenizerFile(directory, TOKENIZER_CONFIG_FILE)) ?? {};
  const definition = parseTokenizerDefinition(json);
  try {
    const tokenizer = new JsonTokenizer(json, config);
    const whole = (text: string): readonly number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
    const encode = wordEncoder(definition, whole) ?? whole;
    return {
      bosId: leadingSpecial(tokenizer),
      encode: (text) => Uint32Array.from(encode(text)),
      decode: (tokens) => tokenizer.decode(Array.from(tokens), { clean_up_tokenization_spaces: false }),
    };
  } catch (cause) {
    const message = `The ${TOKENIZER_FILE} of ${directory} cannot be used: ${String(cause)}`;
    throw invalidTokenizer(TOKENIZER_FILE, message, cause);
  }
}

/** What is there instead, and the cure. */
async function noTokenizer(directory: string): Promise<string> {
  const names = await readdir(directory).catch((): string[] => []);
  const other = OTHER_TOKENIZER_FILES.find((name) => names.includes(name));
  if (other === undefined) return `${directory} has no ${TOKENIZER_FILE}; copy it there.`;
  return (
    `${directory} has its tokenizer as ${other}, and no ${TOKENIZER_FILE}. Make one in Python: ` +
    `AutoTokenizer.from_pretrained(DIR, use_fast=True).save_pretrained(DIR).`
  );
}

/** The id that encoding with special tokens puts first; what the post-processor does, seen from outside. */
function leadingSpecial(tokenizer: JsonTokenizer): number | undefined {
  const plain = tokenizer.encode('a', { add_special_tokens: false }).ids;
  const full = tokenizer.encode('a').ids;
  return full.length > plain.length && full[1] === plain[0] ? full[0] : undefined;
}
