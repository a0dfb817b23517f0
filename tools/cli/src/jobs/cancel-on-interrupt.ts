import { callUnary } from '@bonsai/rpc';
import type { PlannerServiceClient, plannerProto } from '@bonsai/rpc';
import type { Terminal } from '../output/terminal.ts';

/** While `body` runs, an interrupt cancels the job, which then ends `body` with CANCELLED. */
export async function cancelOnInterrupt<T>(
  client: PlannerServiceClient,
  name: string,
  signal: AbortSignal,
  terminal: Terminal,
  body: () => Promise<T>,
): Promise<T> {
  const cancel = (): void => {
    terminal.err('\nStopping the job; what it has measured is kept. Run the same command again to resume.\n');
    callUnary<plannerProto.CancelJobResponse>((...rest) => client.cancelJob({ name }, ...rest)).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await body();
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
