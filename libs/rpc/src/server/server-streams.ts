import { once } from 'node:events';
import type { ServerDuplexStream, ServerReadableStream, ServerWritableStream } from '@grpc/grpc-js';
import { readable } from './unreadable-request.ts';

/** Requests as they come; leaving the loop early keeps the response side open. @throws BonsaiError REQUEST_UNREADABLE */
export async function* readAll<Request>(
  call: ServerReadableStream<Request, unknown> | ServerDuplexStream<Request, unknown>,
): AsyncGenerator<Request, void, undefined> {
  for await (const request of call.iterator({ destroyOnReturn: false })) yield readable(request as Request);
}

/** Writes responses no faster than the client takes them. */
export async function writeAll<Response>(
  call: ServerWritableStream<unknown, Response> | ServerDuplexStream<unknown, Response>,
  responses: AsyncIterable<Response> | Iterable<Response>,
  signal: AbortSignal,
): Promise<void> {
  for await (const response of responses) {
    signal.throwIfAborted();
    if (!call.write(response)) await once(call, 'drain', { signal });
  }
}
