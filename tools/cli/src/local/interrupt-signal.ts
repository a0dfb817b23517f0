import { cancelled } from '@bonsai/support';
import { cleaningUp } from './clean-up.ts';
import type { CleanUp } from './clean-up.ts';

/** Aborted by the first Ctrl-C (or SIGTERM); a second one ends the process at once. */
export function interruptSignal(cleanUp: CleanUp): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(cancelled('Stopped.'));
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, abort);
    cleanUp.add(() => void process.off(name, abort));
  }
  return controller.signal;
}

/** Runs `body` with such a signal, where there is nothing else to undo. */
export function interruptible<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return cleaningUp((cleanUp) => body(interruptSignal(cleanUp)));
}
