import { BonsaiError } from '@bonsai/support';

/**
 * Whether the failure says nothing about the request: the process died, its device was lost, the connection broke. A
 * server that is torn down may cancel its streams, and a connection that breaks in the middle of a stream may end as
 * INTERNAL without a reason of the service's own. Whether this side cancelled, its signal tells.
 */
export function isServiceGone(error: unknown): error is BonsaiError {
  if (!(error instanceof BonsaiError)) return false;
  if (error.code === 'UNAVAILABLE' || error.code === 'CANCELLED' || error.reason === 'DEVICE_LOST') return true;
  return error.code === 'INTERNAL' && isTransportFailure(error.cause);
}

/** Whether the service takes calls and does not answer them: each attempt costs the whole time that it is given. */
export function isServiceSilent(error: unknown): error is BonsaiError {
  return error instanceof BonsaiError && error.code === 'DEADLINE_EXCEEDED';
}

function isTransportFailure(cause: unknown): boolean {
  return (
    cause instanceof Error && 'details' in cause && /RST_STREAM|closed|dropped|GOAWAY/i.test(String(cause.details))
  );
}
