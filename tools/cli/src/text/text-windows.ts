import { cutWindows, loadTokenizer } from '@bonsai/checkpoint';
import { excerpt, spread } from './spread.ts';
import { readText } from './read-text.ts';

export interface TextWindowsRequest {
  readonly modelDirectory: string;
  readonly textFile: string;
  /** Tokens per window. */
  readonly context: number;
  /** At most this many windows, evenly spaced over the text; all of them by default. */
  readonly count?: number | undefined;
  /** The option that named the text, for errors. */
  readonly option: string;
}

/** Characters to tokenize per token wanted: more than any language needs, so that there are windows to choose from. */
const CHARACTERS_PER_TOKEN = 16;

/** A text up to this length is tokenized as a whole, in a few seconds. */
const SHORT_TEXT = 2_000_000;

/** Windows of a text file in a model's own tokens. @throws BonsaiError TEXT_EMPTY, TEXT_TOO_SHORT, TOKENIZER_INVALID */
export async function textWindows(request: TextWindowsRequest): Promise<Uint32Array[]> {
  const { context, count, option } = request;
  const text = await readText(request.textFile, option);
  const tokenizer = await loadTokenizer(request.modelDirectory);
  const used = count === undefined ? text : excerpt(text, Math.max(SHORT_TEXT, count * context * CHARACTERS_PER_TOKEN));
  const windows = cutWindows(tokenizer.encode(used), { textField: option, context, bos: tokenizer.bosId });
  return count === undefined ? windows : spread(windows, count);
}
