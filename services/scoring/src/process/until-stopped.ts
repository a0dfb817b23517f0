export interface StopRequest {
  readonly reason: string;
  readonly exitCode: number;
}

export interface UntilStopped {
  /** Resolves at the first reason to stop; a second SIGINT or SIGTERM ends the process at once. */
  readonly requested: Promise<StopRequest>;
  because(reason: string, exitCode: number): void;
}

/** Watches signals and, `withParent`, standard input: its pipe closes when the parent ends, however it ends. */
export function untilStopped({ withParent }: { readonly withParent: boolean }): UntilStopped {
  let resolve: (request: StopRequest) => void;
  const requested = new Promise<StopRequest>((resolver) => (resolve = resolver));
  const because = (reason: string, exitCode: number): void => resolve({ reason, exitCode });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => because(signal, 0));
  if (withParent) {
    process.stdin.once('close', () => because('standard input closed', 0));
    // Only a stream that is read notices its end.
    process.stdin.resume();
  }
  return { requested, because };
}
