import type { ClientDuplexStream, ClientWritableStream } from '@grpc/grpc-js';

export type Requests<Request> = Iterable<Request> | AsyncIterable<Request>;

type OutgoingCall<Request> = ClientWritableStream<Request> | ClientDuplexStream<Request, unknown>;

/** The sending half of a call, at work. */
export interface Sending {
  /** What the source of the requests threw; the call was cancelled because of it. */
  sourceError(): unknown;
}

/** Writes requests no faster than the service takes them, then half-closes; stops by itself when the call ends. */
export function send<Request>(call: OutgoingCall<Request>, requests: Requests<Request>): Sending {
  let sourceError: unknown;
  void writeAll(call, requests).catch((error: unknown) => {
    sourceError = error;
    call.cancel();
  });
  return { sourceError: () => sourceError };
}

async function writeAll<Request>(call: OutgoingCall<Request>, requests: Requests<Request>): Promise<void> {
  const over = new AbortController();
  const end = new Promise<void>((resolve) => {
    call.once('status', () => {
      over.abort();
      resolve();
    });
  });
  for await (const request of requests) {
    if (over.signal.aborted) return;
    if (!call.write(request)) await Promise.race([drained(call), end]);
  }
  if (!over.signal.aborted) call.end();
}

function drained(call: OutgoingCall<never>): Promise<void> {
  return new Promise((resolve) => call.once('drain', () => resolve()));
}
