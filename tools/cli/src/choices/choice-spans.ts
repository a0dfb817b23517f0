import type { Tokenizer } from '@bonsai/checkpoint';
import { invalidArgument } from '@bonsai/support';
import type { Question } from './read-choices.ts';

/** A choice after its context: the tokens from `start` on are the choice's. */
export interface ChoiceSpan {
  readonly tokenIds: Uint32Array;
  /** At least 1: the first token of a window is not predicted. */
  readonly start: number;
}

/**
 * Tokens of every choice of a question, in its order. As in lm-evaluation-harness, context and choice are tokenized together,
 * spaces that end the context count to the choice, and what is too long loses its beginning.
 * @throws BonsaiError TEXT_EMPTY if there is nothing before a choice, WINDOW_LENGTH if a choice alone is too long
 */
export function choiceSpans(tokenizer: Tokenizer, { context, choices }: Question, contextLength: number): ChoiceSpan[] {
  const lead = tokenizer.bosId === undefined ? [] : [tokenizer.bosId];
  const before = context.trimEnd();
  const start = lead.length + tokenizer.encode(before).length;
  if (start === 0) {
    const message = `A question has no context and the model no token that starts a text; give every question a context.`;
    throw invalidArgument('TEXT_EMPTY', '--choices', message);
  }
  return choices.map((choice) => {
    const tokenIds = Uint32Array.from([...lead, ...tokenizer.encode(context + choice)]);
    const dropped = Math.max(0, tokenIds.length - contextLength);
    if (dropped < start && start < tokenIds.length)
      return { tokenIds: tokenIds.slice(dropped), start: start - dropped };
    const message = `The choice "${choice}" has ${tokenIds.length - start} tokens; it needs at least one and a context of ${contextLength} with room for it.`;
    throw invalidArgument('WINDOW_LENGTH', '--choices', message);
  });
}
