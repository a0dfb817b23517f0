import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
} from '@grpc/grpc-js';
import { toStatusError } from '../status/to-status-error.ts';
import { runCall } from './call-context.ts';
import type { CallContext, HandlerEnvironment } from './call-context.ts';
import { readAll, writeAll } from './server-streams.ts';
import { readable } from './unreadable-request.ts';

/** One request, one response. Thrown BonsaiErrors become statuses with details, here and in the handlers below. */
export function unaryHandler<Request, Response>(
  environment: HandlerEnvironment,
  respond: (request: Request, context: CallContext) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    runCall(environment, call, (context) => respond(readable(call.request), context)).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toStatusError(error)),
    );
  };
}

/** Many requests, one response. */
export function clientStreamHandler<Request, Response>(
  environment: HandlerEnvironment,
  respond: (requests: AsyncIterable<Request>, context: CallContext) => Promise<Response>,
): handleClientStreamingCall<Request, Response> {
  return (call, callback) => {
    runCall(environment, call, (context) => respond(readAll(call), context)).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toStatusError(error)),
    );
  };
}

/** One request, many responses. */
export function serverStreamHandler<Request, Response>(
  environment: HandlerEnvironment,
  respond: (request: Request, context: CallContext) => AsyncIterable<Response> | Iterable<Response>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    runCall(environment, call, (context) =>
      writeAll(call, respond(readable(call.request), context), context.signal),
    ).then(
      () => call.end(),
      (error: unknown) => call.emit('error', toStatusError(error)),
    );
  };
}

/** Many requests, many responses; responses may start before the requests end. */
export function bidiHandler<Request, Response>(
  environment: HandlerEnvironment,
  respond: (requests: AsyncIterable<Request>, context: CallContext) => AsyncIterable<Response>,
): handleBidiStreamingCall<Request, Response> {
  return (call) => {
    runCall(environment, call, (context) => writeAll(call, respond(readAll(call), context), context.signal)).then(
      () => call.end(),
      (error: unknown) => call.emit('error', toStatusError(error)),
    );
  };
}
