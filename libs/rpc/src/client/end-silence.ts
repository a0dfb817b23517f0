import { BonsaiError } from '@bonsai/support';
import type { ClientReadableStream } from '@grpc/grpc-js';

/**
 * Passes responses on and cancels the call when none comes for `milliseconds` while one is awaited. Keepalive pings do
 * not find this peer: its process lives, and only its work hangs.
 * @throws BonsaiError DEADLINE_EXCEEDED after the silence, else what the call throws
 */
export async function* endSilence<Response>(
  call: ClientReadableStream<Response>,
  milliseconds: number,
): AsyncGenerator<Response, void, undefined> {
  const givenUp = new AbortController();
  const watch = (): NodeJS.Timeout =>
    setTimeout(() => {
      givenUp.abort();
      call.cancel();
    }, milliseconds);
  let timer = watch();
  try {
    for await (const response of call) {
      clearTimeout(timer);
      yield response;
      timer = watch();
    }
  } catch (error) {
    throw givenUp.signal.aborted ? silence(milliseconds, error) : error;
  } finally {
    clearTimeout(timer);
  }
}

function silence(milliseconds: number, cause: unknown): BonsaiError {
  const message = `The service sent nothing for ${milliseconds / 1000} seconds: it hangs, or needs longer than it is given.`;
  return new BonsaiError(message, { code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED', cause });
}
