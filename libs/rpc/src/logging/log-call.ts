import type { CallRecord } from '../server/call-context.ts';
import type { Logger, LogLevel } from './json-logger.ts';

/** Failures that lie with the machine, its load or its disk, and may want a look though the service is well. */
const WARNINGS: readonly string[] = ['RESOURCE_EXHAUSTED', 'UNAVAILABLE', 'DATA_LOSS'];

/** One line per call; faults of the program come with their stack. */
export function logCall(log: Logger, { method, peer, milliseconds, error }: CallRecord): void {
  if (error === undefined) {
    log('info', 'call', { method, peer, milliseconds, code: 'OK' });
    return;
  }
  const { code, reason, field, message, cause } = error;
  const level = levelOf(code);
  const stack = level === 'error' ? (cause instanceof Error ? cause.stack : error.stack) : undefined;
  log(level, 'call', { method, peer, milliseconds, code, reason, field, message, stack });
}

function levelOf(code: string): LogLevel {
  if (code === 'INTERNAL') return 'error';
  return WARNINGS.includes(code) ? 'warn' : 'info';
}
