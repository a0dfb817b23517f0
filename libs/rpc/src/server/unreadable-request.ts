import { BonsaiError } from '@bonsai/support';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { oversizedNumber } from './oversized-number.ts';

/**
 * Stands for a request that cannot be decoded until a handler refuses it. An error in the decoder itself would end the call past
 * its handler: as INTERNAL, without details and without a record.
 */
class UnreadableRequest {
  readonly error: BonsaiError;

  constructor(error: BonsaiError) {
    this.error = error;
  }
}

/** The same service, whose requests are always decoded to something; handlers tell by {@link readable}. */
export function keepingUnreadable(definition: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => [name, methodKeepingUnreadable(method)]),
  );
}

function methodKeepingUnreadable(method: MethodDefinition<unknown, unknown>): MethodDefinition<unknown, unknown> {
  const requestDeserialize = (bytes: Buffer): unknown => {
    try {
      return method.requestDeserialize(bytes);
    } catch (cause) {
      return new UnreadableRequest(unreadable(method.path, bytes, cause));
    }
  };
  return { ...method, requestDeserialize };
}

/** @throws BonsaiError REQUEST_UNREADABLE for what stands for a request that could not be decoded */
export function readable<Request>(request: Request): Request {
  if (request instanceof UnreadableRequest) throw request.error;
  return request;
}

function unreadable(path: string, bytes: Buffer, cause: unknown): BonsaiError {
  const field = oversizedNumber(path, bytes);
  const message =
    field === undefined
      ? 'The request is not a message of this call; send what the contract says, in the version of this service.'
      : `Set ${field} to a number of at most 2^53 - 1.`;
  const details = { code: 'INVALID_ARGUMENT', reason: 'REQUEST_UNREADABLE', cause } as const;
  return new BonsaiError(message, field === undefined ? details : { ...details, field });
}
