import type { CallRecord } from '../server/call-context.ts';
import type { Logger } from './json-logger.ts';

/** One line per call; faults of the program come with their stack. */
export function logCall(log: Logger, { method, peer, milliseconds, error }: CallRecord): void {
  if (error === undefined) {
    log('info', 'call', { method, peer, milliseconds, code: 'OK' });
    return;
  }
  const { code, reason, field, message, cause } = error;
  const isFault = code === 'INTERNAL';
  const stack = isFault ? (cause instanceof Error ? cause.stack : error.stack) : undefined;
  log(isFault ? 'error' : 'info', 'call', { method, peer, milliseconds, code, reason, field, message, stack });
}
