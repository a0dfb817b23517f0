import { asBonsaiError } from '@bonsai/rpc';
import type { Logger } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';
import type { Job, JobFailure, JobState } from './job.ts';
import type { JobFeed } from './job-feed.ts';
import type { JobStore } from './job-store.ts';
import { ProgressTracker, atRest } from './progress-tracker.ts';
import { runJob } from './run-job.ts';
import type { RunEnvironment } from './run-job.ts';
import { Slots } from './slots.ts';

/** Why a run is stopped from outside, which is also the state that it leaves behind. */
export type StopState = Extract<JobState, 'cancelled' | 'interrupted'>;

interface Run {
  readonly stop: (state: StopState) => void;
  readonly settled: Promise<void>;
}

export interface JobRunsParts {
  readonly jobs: JobStore;
  readonly feed: JobFeed;
  readonly environment: RunEnvironment;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly concurrentJobs: number;
  /** Of jobs as they start and end, and of services that they meet gone. */
  readonly log: Logger;
  /** Told about failures that the job's own record cannot hold. */
  readonly reportError: (error: unknown) => void;
}

/** The jobs that this process is working on. */
export class JobRuns {
  readonly #parts: JobRunsParts;
  readonly #slots: Slots;
  readonly #runs = new Map<string, Run>();
  #closed = false;

  constructor(parts: JobRunsParts) {
    this.#parts = parts;
    this.#slots = new Slots(parts.concurrentJobs);
  }

  /** Starts work on a job that is stored as running. */
  start(job: Job): void {
    const controller = new AbortController();
    let stopState: StopState = 'interrupted';
    const settled = this.#run(job, controller.signal, () => stopState).finally(() => this.#runs.delete(job.id));
    const stop = (state: StopState): void => {
      stopState = state;
      controller.abort();
    };
    this.#runs.set(job.id, { stop, settled });
  }

  /** Stops work on the job, if there is any, and waits until its state is stored. */
  async stop(id: string, state: StopState): Promise<void> {
    const run = this.#runs.get(id);
    run?.stop(state);
    await run?.settled;
  }

  /** Interrupts all work, for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#runs.keys()].map((id) => this.stop(id, 'interrupted')));
  }

  /** To be asked before a job is stored as running. @throws BonsaiError SERVICE_UNAVAILABLE once work is not taken any more */
  requireOpen(): void {
    if (!this.#closed) return;
    const message = 'The planner is shutting down; ask again when it is back.';
    throw new BonsaiError(message, { code: 'UNAVAILABLE', reason: 'SERVICE_UNAVAILABLE' });
  }

  async #run(job: Job, signal: AbortSignal, stopState: () => StopState): Promise<void> {
    const { jobs, feed, log, now } = this.#parts;
    log('info', 'job started', { job: job.id });
    // Called from a timer too, where nobody would catch what it throws.
    const tracker = new ProgressTracker(job.progress, now, (progress) =>
      this.#save({ ...job, progress, updatedAt: now() }),
    );
    try {
      const document = await this.#inSlot(job, tracker, signal).finally(() => tracker.stop());
      const done: Job = { ...ended(job, tracker), state: 'succeeded', updatedAt: now() };
      jobs.finish(done, document);
      feed.publish(done);
      log('info', 'job ended', { job: job.id, state: done.state });
    } catch (error) {
      const end = { ...ended(job, tracker), updatedAt: now() };
      this.#end(
        signal.aborted ? { ...end, state: stopState() } : { ...end, state: 'failed', failure: failureOf(error) },
      );
    }
  }

  /** Says of a job that must wait for its slot that it waits. */
  #inSlot(job: Job, tracker: ProgressTracker, signal: AbortSignal): Promise<string> {
    const waits = this.#slots.areTaken;
    if (waits) this.#save({ ...job, progress: { ...job.progress, activity: 'waiting for a slot' } });
    return this.#slots.run(signal, () => {
      if (waits) this.#save(job);
      return runJob(job, this.#environmentOf(job), tracker, signal);
    });
  }

  #environmentOf({ id }: Job): RunEnvironment {
    const { environment, log } = this.#parts;
    const metGone = ({ reason, message }: BonsaiError, attempt: number): void =>
      log('warn', 'service gone', { job: id, attempt, reason, message });
    return { ...environment, retry: { ...environment.retry, metGone } };
  }

  #end(job: Job): void {
    this.#save(job);
    const { id, state, failure } = job;
    this.#parts.log(state === 'failed' ? 'error' : 'info', 'job ended', { job: id, state, ...failure });
  }

  /**
   * The store may be what fails; then the watchers at least learn of the job. Its next result fails it, unless the store has
   * recovered by then; where it had ended, a restart finds it interrupted.
   */
  #save(job: Job): void {
    try {
      this.#parts.jobs.update(job);
    } catch (error) {
      this.#parts.reportError(error);
    }
    this.#parts.feed.publish(job);
  }
}

function ended(job: Job, tracker: ProgressTracker): Job {
  const progress =
    tracker.hasNews || tracker.progress.masksDone > job.progress.masksDone ? tracker.progress : job.progress;
  return { ...job, progress: atRest(progress) };
}

function failureOf(error: unknown): JobFailure {
  const { reason, message } = asBonsaiError(error);
  return { reason, message };
}
