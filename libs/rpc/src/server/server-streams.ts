import { once } from 'node:events';
import type { ServerDuplexStream, ServerReadableStream, ServerWritableStream } from '@grpc/grpc-js';

/** Requests as they come; leaving the loop early keeps the response side open. */
export function readAll<Request>(
  call: ServerReadableStream<Request, unknown> | ServerDuplexStream<Request, unknown>,
): AsyncIterable<Request> {
  return { [Symbol.asyncIterator]: () => call.iterator({ destroyOnReturn: false }) };
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
