import { BonsaiError } from '@bonsai/support';

/** @param what completes "GGUF files cannot carry ..." */
export function notInGguf(field: string, what: string): BonsaiError {
  const message = `GGUF files cannot carry ${what} supported; export to the Hugging Face format instead.`;
  return new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'LAYOUT_NOT_SUPPORTED', field });
}
