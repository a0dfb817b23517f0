import { invalidArgument } from './bonsai-error.ts';

/** What a model reads. */
interface ModelInputs {
  /** Tokens of the longest window. */
  readonly contextLength: number;
  readonly vocabSize: number;
}

/** @throws BonsaiError WINDOW_LENGTH unless the model reads windows of so many tokens, and has one of them to predict */
export function checkWindowLength(
  length: number,
  { contextLength }: Pick<ModelInputs, 'contextLength'>,
  field: string,
): void {
  if (length >= 2 && length <= contextLength) return;
  const message = `A window of this model has 2 to ${contextLength} tokens; got ${length}.`;
  throw invalidArgument('WINDOW_LENGTH', field, message);
}

/**
 * @param field of the token ids, for errors
 * @throws BonsaiError WINDOW_LENGTH, or TOKEN_OUT_OF_RANGE naming the token at fault
 */
export function checkWindow(tokenIds: Uint32Array | readonly number[], model: ModelInputs, field: string): void {
  checkWindowLength(tokenIds.length, model, field);
  const { vocabSize } = model;
  const wrong = tokenIds.findIndex((id) => id >= vocabSize);
  if (wrong < 0) return;
  const message = `Token id ${tokenIds[wrong]} is not below the vocabulary size of ${vocabSize}; use the model's tokenizer.`;
  throw invalidArgument('TOKEN_OUT_OF_RANGE', `${field}[${wrong}]`, message);
}
