import { BonsaiError } from '@bonsai/support';
import { isServiceSilent } from '../retry/service-gone.ts';

export function scorerUnavailable(cause: BonsaiError): BonsaiError {
  const remedy = isServiceSilent(cause)
    ? 'Start it again, or a planner with a larger --scorer-silence'
    : 'Start it again';
  const message = `The scorer does not answer: ${cause.message} ${remedy}, then resume the job.`;
  return new BonsaiError(message, { code: 'UNAVAILABLE', reason: 'SCORER_UNAVAILABLE', cause });
}

/** The scorer ended a stream as if all were well, without all answers. */
export function incompleteAnswer(expected: number, received: number): BonsaiError {
  const message = `The scorer sent ${received} of ${expected} results.`;
  return new BonsaiError(message, { code: 'UNAVAILABLE', reason: 'SCORER_UNAVAILABLE' });
}
