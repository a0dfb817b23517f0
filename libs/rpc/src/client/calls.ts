import { Metadata } from '@grpc/grpc-js';
import type {
  CallOptions,
  ClientDuplexStream,
  ClientReadableStream,
  ClientUnaryCall,
  ClientWritableStream,
  ServiceError,
} from '@grpc/grpc-js';
import { toClientError } from '../status/from-service-error.ts';
import { endSilence } from './end-silence.ts';
import { send } from './send-requests.ts';
import type { Requests, Sending } from './send-requests.ts';

/** Limits of one call. Failures of all calls below are BonsaiErrors with the reason and field that the service gave. */
export interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  readonly deadline?: Date | undefined;
  /** How long a stream of responses may bring nothing while one is awaited; a deadline bounds it as a whole. */
  readonly silenceMilliseconds?: number | undefined;
}

type UnaryCallback<Response> = (error: ServiceError | null, response: Response) => void;
type Cancellable = Pick<ClientUnaryCall, 'cancel'>;

/** `await callUnary<GetModelResponse>((...rest) => client.getModel(request, ...rest))`; overloads hide the type from inference. */
export async function callUnary<Response>(
  start: (metadata: Metadata, options: CallOptions, callback: UnaryCallback<Response>) => ClientUnaryCall,
  limits: CallLimits = {},
): Promise<Response> {
  let stopWatching = (): void => undefined;
  try {
    return await new Promise<Response>((resolve, reject) => {
      const call = start(new Metadata(), callOptions(limits), settle(resolve, reject));
      stopWatching = cancelOnAbort(call, limits.signal);
    });
  } catch (error) {
    throw toClientError(error, limits.signal?.aborted ?? false);
  } finally {
    stopWatching();
  }
}

/** Sends all requests with back-pressure: `await callClientStream((...rest) => client.uploadCalibration(...rest), chunks)` */
export async function callClientStream<Request, Response>(
  start: (metadata: Metadata, options: CallOptions, callback: UnaryCallback<Response>) => ClientWritableStream<Request>,
  requests: Requests<Request>,
  limits: CallLimits = {},
): Promise<Response> {
  let stopWatching = (): void => undefined;
  let sending: Sending | undefined;
  try {
    return await new Promise<Response>((resolve, reject) => {
      const call = start(new Metadata(), callOptions(limits), settle(resolve, reject));
      stopWatching = cancelOnAbort(call, limits.signal);
      sending = send(call, requests);
    });
  } catch (error) {
    throw sending?.sourceError() ?? toClientError(error, limits.signal?.aborted ?? false);
  } finally {
    stopWatching();
  }
}

/** `for await (const response of callServerStream((...rest) => client.watchJob(request, ...rest)))` */
export async function* callServerStream<Response>(
  start: (metadata: Metadata, options: CallOptions) => ClientReadableStream<Response>,
  limits: CallLimits = {},
): AsyncGenerator<Response, void, undefined> {
  yield* receive(start(new Metadata(), callOptions(limits)), limits);
}

/**
 * Sends requests with back-pressure while responses are read: `callBidi((...rest) => client.evaluate(...rest), requests)`.
 * Leaving the loop early cancels the call.
 */
export async function* callBidi<Request, Response>(
  start: (metadata: Metadata, options: CallOptions) => ClientDuplexStream<Request, Response>,
  requests: Requests<Request>,
  limits: CallLimits = {},
): AsyncGenerator<Response, void, undefined> {
  const call = start(new Metadata(), callOptions(limits));
  yield* receive(call, limits, send(call, requests));
}

async function* receive<Response>(
  call: ClientReadableStream<Response>,
  { signal, silenceMilliseconds }: CallLimits,
  sending?: Sending,
): AsyncGenerator<Response, void, undefined> {
  // The cancellation in `finally` may end the stream with an error that nobody waits for any more.
  call.on('error', () => undefined);
  const stopWatching = cancelOnAbort(call, signal);
  try {
    yield* silenceMilliseconds === undefined ? call : endSilence(call, silenceMilliseconds);
  } catch (error) {
    throw sending?.sourceError() ?? toClientError(error, signal?.aborted ?? false);
  } finally {
    stopWatching();
    call.cancel();
  }
}

function settle<Response>(
  resolve: (response: Response) => void,
  reject: (error: ServiceError) => void,
): UnaryCallback<Response> {
  return (error, response) => {
    if (error === null) resolve(response);
    else reject(error);
  };
}

function callOptions({ deadline }: CallLimits): CallOptions {
  return deadline === undefined ? {} : { deadline };
}

/** Returns what ends the watch, so that a long-lived signal does not collect listeners. */
function cancelOnAbort(call: Cancellable, signal: AbortSignal | undefined): () => void {
  const cancel = (): void => call.cancel();
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  return () => signal?.removeEventListener('abort', cancel);
}
