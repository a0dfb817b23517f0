import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Json = Record<string, unknown>;

const SPACE = '\u2581';
const LETTERS = ['t', 'h', 'e', 'a', 'n', 'd', 'c', 'l'];

/** Vocabulary in order of id: the given tokens, then what merges make that is not among them. */
function vocabularyOf(tokens: readonly string[], merges: readonly string[]): Record<string, number> {
  const all = new Set([...tokens, ...merges.map((merge) => merge.replace(' ', ''))]);
  return Object.fromEntries([...all].map((token, id) => [token, id]));
}

function special(id: number, content: string): Json {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

function bosTemplate(token: string, id: number): Json {
  return {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}

/** A BPE with byte fallback, built as Llama 2's: all ways to make a token by a merge are listed. */
export function sentencePieceTokenizer(): Json {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const merges = [`${SPACE} t`, 'h e', `${SPACE}t he`, 'a n', `${SPACE} a`, `${SPACE}a n`, `${SPACE} an`];
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, SPACE, ...LETTERS];
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
    post_processor: bosTemplate('<s>', 1),
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: vocabularyOf(tokens, merges),
      merges,
    },
  };
}

/** A byte-level BPE without fallback; Ġ is how GPT-2 writes a space. */
export function byteLevelTokenizer(preTokenizer: unknown = { type: 'ByteLevel', add_prefix_space: false }): Json {
  const merges = ['Ġ t', 'h e', 'Ġt he'];
  return {
    version: '1.0',
    added_tokens: [special(12, '<|end|>'), { ...special(13, '<|tool|>'), special: false }],
    normalizer: null,
    pre_tokenizer: preTokenizer,
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', unk_token: null, vocab: vocabularyOf(['Ġ', ...LETTERS], merges), merges },
  };
}

export async function writeTokenizer(directory: string, tokenizer: Json, config?: Json): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'tokenizer.json'), JSON.stringify(tokenizer));
  if (config !== undefined) await writeFile(join(directory, 'tokenizer_config.json'), JSON.stringify(config));
}
