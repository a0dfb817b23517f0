import { BonsaiError } from '@bonsai/support';
import { Metadata } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js';
import { STATUS_DETAILS_KEY, encodeErrorDetails } from './error-details.ts';
import { statusOfCode } from './grpc-status.ts';
import { statusText } from './status-text.ts';

/** Scope of the reasons in google.rpc.ErrorInfo. */
export const ERROR_DOMAIN = 'bonsai';

/** What a call ends with: an Error, as streams want one, with the parts of a gRPC status. */
export type StatusError = Error & StatusObject;

/** The status of any thrown value: a BonsaiError keeps code, reason and field; all else is INTERNAL. Long texts are cut. */
export function toStatusError(thrown: unknown): StatusError {
  const error = asBonsaiError(thrown);
  const code = statusOfCode(error.code);
  const message = statusText(error.message);
  const fieldViolations = error.field === undefined ? [] : [{ field: statusText(error.field), description: message }];
  const metadata = new Metadata();
  const details = { code, message, reason: error.reason, domain: ERROR_DOMAIN, fieldViolations };
  metadata.set(STATUS_DETAILS_KEY, Buffer.from(encodeErrorDetails(details)));
  return Object.assign(new Error(message, { cause: thrown }), { code, details: message, metadata });
}

/** Wraps what is not a BonsaiError: a fault of the program, not of the caller. */
export function asBonsaiError(thrown: unknown): BonsaiError {
  if (thrown instanceof BonsaiError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new BonsaiError(`The service failed in a way it should not: ${text}. Its log has the details.`, {
    code: 'INTERNAL',
    reason: 'INTERNAL',
    cause: thrown,
  });
}
