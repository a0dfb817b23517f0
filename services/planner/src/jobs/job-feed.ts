import type { Job } from './job.ts';

/** Passes each change of a job on to whoever watches it. A slow watcher skips states, never the last one. */
export class JobFeed {
  readonly #listeners = new Map<string, Set<(job: Job) => void>>();

  publish(job: Job): void {
    for (const listener of this.#listeners.get(job.id) ?? []) listener(job);
  }

  /** The job as it is, then after every change, until it is no longer running or the signal aborts. */
  async *watch(id: string, read: () => Job, signal: AbortSignal): AsyncGenerator<Job, void, undefined> {
    let latest: Job | undefined;
    let wake = (): void => undefined;
    const listener = (job: Job): void => {
      latest = job;
      wake();
    };
    signal.addEventListener('abort', () => wake(), { once: true });
    this.#add(id, listener);
    try {
      latest = read();
      while (!signal.aborted) {
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
