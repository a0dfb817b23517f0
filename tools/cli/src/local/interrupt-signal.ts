import { cancelled } from '@bonsai/support';
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
