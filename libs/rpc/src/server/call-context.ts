import { BonsaiError, cancelled } from '@bonsai/support';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { asBonsaiError } from '../status/to-status-error.ts';

/** What a handler may know about the call that it serves. */
export interface CallContext {
  /** Full name, such as /bonsai.v1.ScoringService/GetModel. */
  readonly method: string;
  readonly peer: string;
  /** Aborts when the client cancels, goes away or its deadline passes; the reason is a BonsaiError. */
  readonly signal: AbortSignal;
}

/** Told about the end of every call. */
export interface CallRecord {
  readonly method: string;
  readonly peer: string;
  readonly milliseconds: number;
  /** Absent when the call ended well. */
  readonly error: BonsaiError | undefined;
}

/** What the handlers of a service share. */
export interface HandlerEnvironment {
  /** Milliseconds since the epoch, the clock of gRPC deadlines. */
  readonly now: () => number;
  readonly callEnded: (record: CallRecord) => void;
}

/** The part that every kind of server call has. */
export type ServerCall = Pick<ServerUnaryCall<unknown, unknown>, 'getPath' | 'getPeer' | 'getDeadline'> & {
  on(event: 'cancelled', listener: () => void): unknown;
};

/** Runs the body of a call with its context and reports its end. @throws BonsaiError whatever the body throws, as one */
export async function runCall<T>(
  environment: HandlerEnvironment,
  call: ServerCall,
  body: (context: CallContext) => Promise<T>,
): Promise<T> {
  const started = environment.now();
  const controller = new AbortController();
  call.on('cancelled', () => controller.abort(endOf(call, environment.now())));
  const context: CallContext = { method: call.getPath(), peer: call.getPeer(), signal: controller.signal };
  let error: BonsaiError | undefined;
  try {
    return await body(context);
  } catch (thrown) {
    // A stream that is torn down by a cancellation fails in several ways; the cancellation is what happened.
    error = asBonsaiError(controller.signal.aborted ? controller.signal.reason : thrown);
    throw error;
  } finally {
    const { method, peer } = context;
    environment.callEnded({ method, peer, milliseconds: environment.now() - started, error });
  }
}

/** grpc-js tells cancellation and deadline apart only to the client, so the clock decides. */
function endOf(call: ServerCall, now: number): BonsaiError {
  if (now >= Number(call.getDeadline())) {
    return new BonsaiError('The call took longer than its deadline; allow more time or ask for less.', {
      code: 'DEADLINE_EXCEEDED',
      reason: 'DEADLINE_EXCEEDED',
    });
  }
  return cancelled('The call was cancelled by its client.');
}
