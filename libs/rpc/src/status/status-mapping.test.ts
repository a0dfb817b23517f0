import { describe, expect, it } from '@jest/globals';
import { Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { BonsaiError, invalidArgument } from '@bonsai/support';
import type { ErrorCode } from '@bonsai/support';
import { STATUS_DETAILS_KEY, encodeErrorDetails } from './error-details.ts';
import { fromServiceError, toClientError } from './from-service-error.ts';
import { codeOfStatus, statusOfCode } from './grpc-status.ts';
import { toStatusError } from './to-status-error.ts';

const CODES: readonly ErrorCode[] = [
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'FAILED_PRECONDITION',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
  'DATA_LOSS',
  'INTERNAL',
];

function plainError(code: status, metadata = new Metadata()): ServiceError {
  return Object.assign(new Error('transport'), { code, details: 'transport', metadata });
}

describe('status mapping', () => {
  it.each(CODES)('maps %s to the status of that name and back', (code) => {
    expect(status[statusOfCode(code)]).toBe(code);
    expect(codeOfStatus(statusOfCode(code))).toBe(code);
  });

  it('carries code, reason, field and message to the client', () => {
    const error = invalidArgument('MASK_LENGTH', 'masks[2].layers', 'Send one entry per layer.');
    const received = fromServiceError(toStatusError(error));
    expect(received).toBeInstanceOf(BonsaiError);
    expect(received).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'MASK_LENGTH',
      field: 'masks[2].layers',
      message: 'Send one entry per layer.',
    });
  });

  it('leaves the field out where there is none', () => {
    const error = new BonsaiError('Gone.', { code: 'UNAVAILABLE', reason: 'DEVICE_LOST' });
    expect(fromServiceError(toStatusError(error))).toMatchObject({ reason: 'DEVICE_LOST', field: undefined });
  });

  it.each([new TypeError('x is not a function'), 'text', undefined])('turns the fault %p into INTERNAL', (thrown) => {
    expect(fromServiceError(toStatusError(thrown))).toMatchObject({ code: 'INTERNAL', reason: 'INTERNAL' });
  });

  it.each([
    [status.UNAVAILABLE, 'UNAVAILABLE', 'SERVICE_UNAVAILABLE'],
    [status.DEADLINE_EXCEEDED, 'DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'],
    [status.CANCELLED, 'CANCELLED', 'CANCELLED'],
    [status.RESOURCE_EXHAUSTED, 'RESOURCE_EXHAUSTED', 'REQUEST_TOO_LARGE'],
    [status.UNIMPLEMENTED, 'INTERNAL', 'REQUEST_INVALID'],
    [status.INVALID_ARGUMENT, 'INVALID_ARGUMENT', 'REQUEST_INVALID'],
    [status.UNKNOWN, 'INTERNAL', 'INTERNAL'],
  ])('gives a status %i without details a reason of its own', (grpcStatus, code, reason) => {
    expect(fromServiceError(plainError(grpcStatus))).toMatchObject({ code, reason });
  });

  it.each([
    ['not protobuf', Buffer.from([0xff, 0xff])],
    ['a reason from another domain', details('MASK_LENGTH', 'example.com')],
    ['a reason of a later version', details('QUOTA_EXCEEDED', 'bonsai')],
  ])('falls back to the plain status for details that are %s', (_, bytes) => {
    const metadata = new Metadata();
    metadata.set(STATUS_DETAILS_KEY, bytes);
    expect(fromServiceError(plainError(status.UNAVAILABLE, metadata)).reason).toBe('SERVICE_UNAVAILABLE');
  });

  it.each([
    ['a broken connection', status.INTERNAL, 'Received RST_STREAM with code 2 (Internal server error)'],
    ['a call that the service cut off', status.CANCELLED, 'Call cancelled'],
  ])('takes %s for an unavailable service', (_, code, text) => {
    const error = Object.assign(plainError(code), { details: text });
    expect(fromServiceError(error, false)).toMatchObject({ code: 'UNAVAILABLE', reason: 'SERVICE_UNAVAILABLE' });
  });

  it('passes errors on that came from no call', () => {
    const error = new Error('of the caller');
    expect(toClientError(error)).toBe(error);
  });
});

function details(reason: string, domain: string): Buffer {
  return Buffer.from(encodeErrorDetails({ code: 14, message: '', reason, domain, fieldViolations: [] }));
}
