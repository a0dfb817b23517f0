/** Runs tasks one at a time in the order of their arrival. A request that queues one short task after another shares fairly. */
export class SerialQueue {
  #last: Promise<void> = Promise.resolve();

  /** @throws the signal's reason if it aborts before the task has started; afterwards whatever the task throws */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last;
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => (leave = resolve));
    this.#last = before.then(() => left);
    try {
      await untilAborted(before, signal);
      return await task();
    } finally {
      leave();
    }
  }
}

async function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  let stopListening = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    const listener = (): void => resolve();
    signal.addEventListener('abort', listener);
    stopListening = () => signal.removeEventListener('abort', listener);
  });
  if (!signal.aborted) await Promise.race([promise, aborted]);
  stopListening();
  signal.throwIfAborted();
}
