import type { Job } from './job.ts';

/** Calls back again and again, until what it returns is called. */
export type Timer = (tick: () => void) => () => void;

/** Proxies on the way cut streams that are silent for a minute. */
const REPEAT_MILLISECONDS = 30_000;

function twiceAMinute(tick: () => void): () => void {
  const timer = setInterval(tick, REPEAT_MILLISECONDS);
  return () => clearInterval(timer);
}

/** Passes each change of a job on to whoever watches it. A slow watcher skips states, never the last one. */
export class JobFeed {
  readonly #listeners = new Map<string, Set<(job: Job) => void>>();
  readonly #repeat: Timer;

  /** @param repeat when watchers are told of a job that has not changed */
  constructor(repeat: Timer = twiceAMinute) {
    this.#repeat = repeat;
  }

  publish(job: Job): void {
    for (const listener of this.#listeners.get(job.id) ?? []) listener(job);
  }

  /** The job as it is, then after every change and where the timer says, until it is no longer running or the signal aborts. */
  async *watch(id: string, read: () => Job, signal: AbortSignal): AsyncGenerator<Job, void, undefined> {
    let latest: Job | undefined;
    let isDue = true;
    let wake = (): void => undefined;
    const listener = (job: Job): void => {
      latest = job;
      wake();
    };
    signal.addEventListener('abort', () => wake(), { once: true });
    const stopRepeating = this.#repeat(() => {
      isDue = true;
      wake();
    });
    this.#add(id, listener);
    try {
      while (!signal.aborted) {
        if (isDue) latest ??= read();
        isDue = false;
        if (latest === undefined) {
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        const job: Job = latest;
        latest = undefined;
        yield job;
        if (job.state !== 'running') return;
      }
    } finally {
      stopRepeating();
      this.#remove(id, listener);
    }
  }

  #add(id: string, listener: (job: Job) => void): void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
  }

  #remove(id: string, listener: (job: Job) => void): void {
    const listeners = this.#listeners.get(id);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(id);
  }
}
