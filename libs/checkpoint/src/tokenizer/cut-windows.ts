import { BonsaiError, invalidArgument } from '@bonsai/support';

/** How a text becomes windows. */
export interface WindowOptions {
  /** What the caller calls the text, for errors: a field of a request, an option. */
  readonly textField: string;
  /** Tokens per window, >= 2. */
  readonly context: number;
  /**
   * Put before the text, once: the first window starts with it and all others start in mid-text. That is how
   * perplexity over a text is usually measured, and how models were trained that pack documents; pass the tokenizer's
   * own `bosId`, and leave it out for a tokenizer that has none.
   */
  readonly bos?: number | undefined;
}

/**
 * Cuts a text's tokens into disjoint windows of exactly `context` tokens, in order; what is left over is dropped.
 * @throws BonsaiError TEXT_EMPTY, TEXT_TOO_SHORT (not one window), WINDOW_LENGTH
 */
export function cutWindows(tokens: Uint32Array, { textField, context, bos }: WindowOptions): Uint32Array[] {
  if (!Number.isSafeInteger(context) || context < 2) {
    throw invalidArgument(
      'WINDOW_LENGTH',
      'context',
      `A window of ${context} tokens predicts nothing; give at least 2.`,
    );
  }
  if (tokens.length === 0)
    throw tooLittle('TEXT_EMPTY', textField, 'The text has no tokens; give a file with text in it.');
  const lead = bos === undefined ? 0 : 1;
  const available = Math.floor((tokens.length + lead) / context);
  if (available === 0) {
    const message = `The text has ${tokens.length} tokens, but one window needs ${context - lead}; give a longer text or a shorter context.`;
    throw tooLittle('TEXT_TOO_SHORT', textField, message);
  }
  return Array.from({ length: available }, (_, index) => {
    if (bos === undefined || index > 0) return tokens.slice(index * context - lead, (index + 1) * context - lead);
    const first = new Uint32Array(context);
    first[0] = bos;
    first.set(tokens.subarray(0, context - 1), 1);
    return first;
  });
}

function tooLittle(reason: 'TEXT_EMPTY' | 'TEXT_TOO_SHORT', field: string, message: string): BonsaiError {
  return new BonsaiError(message, { code: 'INVALID_ARGUMENT', reason, field });
}
