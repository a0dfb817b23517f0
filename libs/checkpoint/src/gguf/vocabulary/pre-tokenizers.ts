import { isJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';

/** A way of splitting text into words that llama.cpp knows by name (llama-vocab.cpp, llama.cpp v0.5.0). */
export interface PreTokenizer {
  /** `tokenizer.ggml.pre` */
  readonly name: string;
  /** See {@link preTokenizerSignature}. */
  readonly signature: string;
  /** llama.cpp looks whole words up before it merges. */
  readonly ignoreMerges: boolean;
}

const SPACES = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const CONTRACTIONS = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+`;
const PUNCTUATION = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*`;
const UPPER = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const LOWER = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const LEAD = String.raw`[^\r\n\p{L}\p{N}]?`;
const TEKKEN_PUNCTUATION = String.raw` ?[^\s\p{L}\p{N}]+[\r\n/]*`;

const LLAMA_BPE = `split(${CONTRACTIONS}|\\p{N}{1,3}|${PUNCTUATION}|${SPACES}), bytes`;

/** Every regular expression of them covers all text. */
export const PRE_TOKENIZERS: readonly PreTokenizer[] = [
  { name: 'gpt-2', signature: 'bytes(words)', ignoreMerges: false },
  { name: 'smollm', signature: 'digits, bytes(words)', ignoreMerges: false },
  { name: 'llama-bpe', signature: LLAMA_BPE, ignoreMerges: true },
  { name: 'dbrx', signature: LLAMA_BPE, ignoreMerges: false },
  {
    name: 'qwen2',
    signature: `split(${CONTRACTIONS}|\\p{N}|${PUNCTUATION}|${SPACES}), bytes`,
    ignoreMerges: false,
  },
  {
    name: 'tekken',
    signature:
      `split(${LEAD}${UPPER}*${LOWER}+|${LEAD}${UPPER}+${LOWER}*|` + `\\p{N}|${TEKKEN_PUNCTUATION}|${SPACES}), bytes`,
    ignoreMerges: true,
  },
];

/** The steps of a pre-tokenizer in a form that can be compared: what matters of each step, in order. */
export function preTokenizerSignature(steps: readonly JsonObject[]): string {
  return steps.map(stepSignature).join(', ');
}

function stepSignature(step: JsonObject): string {
  const { type, pattern } = step;
  if (type === 'ByteLevel' && step['add_prefix_space'] !== true)
    return step['use_regex'] === false ? 'bytes' : 'bytes(words)';
  if (type === 'Digits' && step['individual_digits'] === true) return 'digits';
  if (type === 'Split' && isolatesMatches(step) && isJsonObject(pattern)) {
    const { Regex: regex, String: border } = pattern;
    if (typeof regex === 'string') return `split(${regex})`;
    if (typeof border === 'string') return `split(${JSON.stringify(border)})`;
  }
  return JSON.stringify(step);
}

/** Whether matches become words of their own; to remove what does not match is the same where an expression covers all text. */
function isolatesMatches({ behavior, invert }: JsonObject): boolean {
  return invert === true ? behavior === 'Removed' : behavior === 'Isolated';
}
