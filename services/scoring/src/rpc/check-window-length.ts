import type { ModelConfig } from '@bonsai/checkpoint';
import { invalidArgument } from '@bonsai/support';

/** @throws BonsaiError WINDOW_LENGTH */
export function checkWindowLength(length: number, { contextLength }: ModelConfig, field: string): void {
  if (length >= 2 && length <= contextLength) return;
  const message = `A window of this model has 2 to ${contextLength} tokens; got ${length}.`;
  throw invalidArgument('WINDOW_LENGTH', field, message);
}
