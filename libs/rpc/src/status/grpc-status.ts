import type { ErrorCode } from '@bonsai/support';
import { status } from '@grpc/grpc-js';

/** The one table between error codes and gRPC statuses; the reverse is derived from it. */
const STATUS_OF_CODE: Readonly<Record<ErrorCode, status>> = {
  INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  NOT_FOUND: status.NOT_FOUND,
  ALREADY_EXISTS: status.ALREADY_EXISTS,
  FAILED_PRECONDITION: status.FAILED_PRECONDITION,
  PERMISSION_DENIED: status.PERMISSION_DENIED,
  RESOURCE_EXHAUSTED: status.RESOURCE_EXHAUSTED,
  UNAVAILABLE: status.UNAVAILABLE,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  CANCELLED: status.CANCELLED,
  DATA_LOSS: status.DATA_LOSS,
  INTERNAL: status.INTERNAL,
};

const CODE_OF_STATUS: ReadonlyMap<status, ErrorCode> = new Map(
  Object.entries(STATUS_OF_CODE).flatMap(([code, grpcStatus]) => (isErrorCode(code) ? [[grpcStatus, code]] : [])),
);

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(STATUS_OF_CODE, text);
}

export function statusOfCode(code: ErrorCode): status {
  return STATUS_OF_CODE[code];
}

/** Statuses that this project never sends (UNKNOWN, UNIMPLEMENTED, ...) come from elsewhere and are INTERNAL to a caller. */
export function codeOfStatus(grpcStatus: status): ErrorCode {
  return CODE_OF_STATUS.get(grpcStatus) ?? 'INTERNAL';
}
