import { nowAndThen } from './now-and-then.ts';

const ignore = (): void => undefined;

/**
 * Runs tasks one at a time in the order of their arrival. A request that queues one short task after another shares fairly. Whoever
 * waits can hear that the others get on, so that waiting is not taken for hanging; behind a task that hangs nobody hears anything.
 */
export class SerialQueue {
  #last: Promise<void> = Promise.resolve();
  readonly #waiting = new Set<() => void>();
  readonly #tellWaiting: () => void;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#tellWaiting = nowAndThen(now, () => {
      for (const tell of this.#waiting) tell();
    });
  }

  /**
   * @param alive called now and then while the task waits, for as long as those before it get on, and when its turn comes
   * @throws the signal's reason if it aborts before the task has started; afterwards whatever the task throws
   */
  async run<T>(task: () => Promise<T>, signal: AbortSignal, alive: () => void = ignore): Promise<T> {
    const before = this.#last;
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => (leave = resolve));
    this.#last = before.then(() => left);
    // A function of its own, as two tasks may share theirs.
    const tell = (): void => alive();
    this.#waiting.add(tell);
    try {
      await untilAborted(before, signal);
      this.tellWaiting();
      this.#waiting.delete(tell);
      return await task();
    } finally {
      this.#waiting.delete(tell);
      leave();
    }
  }

  /** To be called when the task under way gets on. */
  tellWaiting(): void {
    if (this.#waiting.size > 0) this.#tellWaiting();
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
