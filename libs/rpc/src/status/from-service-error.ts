import { BonsaiError, isErrorReason } from '@bonsai/support';
import type { ErrorReason } from '@bonsai/support';
import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { STATUS_DETAILS_KEY, decodeErrorDetails } from './error-details.ts';
import type { ErrorDetails } from './error-details.ts';
import { codeOfStatus } from './grpc-status.ts';
import { ERROR_DOMAIN } from './to-status-error.ts';

/**
 * The error that a client throws: code, reason and field as the service stated them, or those of a transport failure.
 * @param cancelledHere whether the caller gave up; a call that is cancelled by nobody was cut off by a stopping service
 */
export function fromServiceError(error: ServiceError, cancelledHere = true): BonsaiError {
  const details = readDetails(error);
  if (details?.domain !== ERROR_DOMAIN || !isErrorReason(details.reason)) {
    return transportError(error, isCutOff(error, cancelledHere) ? status.UNAVAILABLE : error.code);
  }
  const field = details.fieldViolations[0]?.field;
  return new BonsaiError(error.details, {
    code: codeOfStatus(error.code),
    reason: details.reason,
    ...(field === undefined ? {} : { field }),
    cause: error,
  });
}

/** grpc-js reports some broken connections as INTERNAL, by the HTTP/2 code that Node makes up for them. */
function isCutOff(error: ServiceError, cancelledHere: boolean): boolean {
  if (error.code === status.CANCELLED) return !cancelledHere;
  return error.code === status.INTERNAL && error.details.startsWith('Received RST_STREAM');
}

function transportError(error: ServiceError, code: status): BonsaiError {
  const reason = transportReason(code);
  return new BonsaiError(transportMessage(error, code), { code: codeOfStatus(code), reason, cause: error });
}

/** Whether a thrown value carries a gRPC status. */
function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && 'code' in thrown && 'details' in thrown && 'metadata' in thrown;
}

/** Any failure of a call as a BonsaiError; what is neither a status nor a BonsaiError is left as it is. */
export function toClientError(thrown: unknown, cancelledHere = true): unknown {
  if (thrown instanceof BonsaiError) return thrown;
  return isServiceError(thrown) ? fromServiceError(thrown, cancelledHere) : thrown;
}

function readDetails(error: ServiceError): ErrorDetails | undefined {
  const [bytes] = error.metadata.get(STATUS_DETAILS_KEY);
  if (!(bytes instanceof Uint8Array)) return undefined;
  try {
    return decodeErrorDetails(bytes);
  } catch {
    // A peer of another make may put anything here; the plain status still holds.
    return undefined;
  }
}

function transportReason(code: status): ErrorReason {
  switch (code) {
    case status.UNAVAILABLE:
      return 'SERVICE_UNAVAILABLE';
    case status.DEADLINE_EXCEEDED:
      return 'DEADLINE_EXCEEDED';
    case status.CANCELLED:
      return 'CANCELLED';
    case status.RESOURCE_EXHAUSTED: // a message above the size limit
      return 'REQUEST_TOO_LARGE';
    case status.INVALID_ARGUMENT:
    case status.UNIMPLEMENTED:
      return 'REQUEST_INVALID';
    default:
      return 'INTERNAL';
  }
}

function transportMessage(error: ServiceError, code: status): string {
  switch (code) {
    case status.UNAVAILABLE:
      return `The service cannot be reached or stopped; check that it runs and its address (${error.details}).`;
    case status.DEADLINE_EXCEEDED:
      return 'The call took longer than its deadline; allow more time or ask for less.';
    case status.CANCELLED:
      return 'The call was cancelled.';
    case status.UNIMPLEMENTED:
      return `The service does not know this call; check the address and that both sides have the same version (${error.details}).`;
    default:
      return `The call failed: ${error.details}.`;
  }
}
