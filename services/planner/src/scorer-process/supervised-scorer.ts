import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { howEnded, startScorerChild } from './scorer-child.ts';
import type { ReadyScorer, ScorerChild, ScorerChildOptions } from './scorer-child.ts';

const FIRST_DELAY_MILLISECONDS = 100;
const LONGEST_DELAY_MILLISECONDS = 5_000;

/** A polite request to stop may wait for a pass on the GPU; then the scorer, which keeps nothing, is ended. */
const STOP_MILLISECONDS = 10_000;

/**
 * A scorer that is started again when it dies: a crash in a GPU driver takes that process, not the job. It always
 * listens on the same Unix socket, in a folder that only this user can enter, so clients connect again by themselves. One
 * that began on a GPU is not started again in software.
 */
export class SupervisedScorer {
  readonly address: string;
  /** Whether its first start met a driver that computes on the CPU. */
  readonly software: boolean;
  readonly #options: ScorerChildOptions;
  readonly #folder: string;
  readonly #stopping = new AbortController();
  readonly #supervision: Promise<void>;
  /** The latest, whether it takes calls already or not. */
  #child: ChildProcess;

  private constructor(options: ScorerChildOptions, folder: string, child: ScorerChild, { software }: ReadyScorer) {
    this.address = options.address;
    this.software = software;
    // Jobs that began on a GPU would crawl in software, and their scores would be rounded in another way.
    this.#options = { ...options, requireGpu: !software };
    this.#folder = folder;
    this.#child = child.process;
    this.#supervision = this.#keepAlive();
  }

  /** @throws BonsaiError if the first start fails: whatever it is, it would happen again */
  static async start(wanted: Omit<ScorerChildOptions, 'address' | 'requireGpu'>): Promise<SupervisedScorer> {
    // Sockets need short paths, which project folders seldom have.
    const folder = await mkdtemp(path.join(tmpdir(), 'bonsai-'));
    const options = { ...wanted, address: `unix:${path.join(folder, 'scorer.sock')}` };
    try {
      const child = startScorerChild(options);
      return new SupervisedScorer(options, folder, child, await child.ready);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MILLISECONDS);
    await this.#supervision;
    clearTimeout(timer);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #keepAlive(): Promise<void> {
    for (;;) {
      if (!hasEnded(this.#child)) await once(this.#child, 'exit');
      if (this.#isStopping()) return;
      this.#options.ended?.(howEnded(this.#child.exitCode, this.#child.signalCode));
      await this.#startAgain();
    }
  }

  /** Until one takes calls or nobody wants one any more. */
  async #startAgain(): Promise<void> {
    const { signal } = this.#stopping;
    let inVain = 0;
    for (let delay = FIRST_DELAY_MILLISECONDS; ; delay = Math.min(2 * delay, LONGEST_DELAY_MILLISECONDS)) {
      await sleep(delay, undefined, { signal }).catch(() => undefined);
      if (this.#isStopping()) return;
      const child = startScorerChild(this.#options);
      this.#child = child.process;
      try {
        await child.ready;
        return;
      } catch (error) {
        if (this.#isStopping()) return;
        this.#options.log(`the scorer did not start again: ${String(error)}`);
        if (++inVain === 1) this.#options.startsInVain?.();
      }
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
