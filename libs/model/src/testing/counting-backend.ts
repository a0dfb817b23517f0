import type { Backend } from '@bonsai/ops';
import { createReferenceBackend } from '@bonsai/ops/testing';

export interface CountingBackend {
  readonly backend: Backend;
  /** Submits so far. */
  readonly submits: () => number;
}

/** The reference backend; tells of every submit before it runs. */
export function countingBackend(submitting: (count: number) => void = () => undefined): CountingBackend {
  const reference = createReferenceBackend();
  let count = 0;
  const backend: Backend = {
    ...reference,
    submit: (recorder) => {
      submitting(++count);
      return reference.submit(recorder);
    },
  };
  return { backend, submits: () => count };
}
