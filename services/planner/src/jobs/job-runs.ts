import { asBonsaiError } from '@bonsai/rpc';
import type { Job, JobFailure, JobState } from './job.ts';
import type { JobFeed } from './job-feed.ts';
import type { JobStore } from './job-store.ts';
import { ProgressTracker } from './progress-tracker.ts';
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
  /** Told about failures that the job's own record cannot hold. */
  readonly reportError: (error: unknown) => void;
}

/** The jobs that this process is working on. */
export class JobRuns {
  readonly #parts: JobRunsParts;
  readonly #slots: Slots;
  readonly #runs = new Map<string, Run>();

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

  async stopAll(state: StopState): Promise<void> {
    await Promise.all([...this.#runs.keys()].map((id) => this.stop(id, state)));
  }

  async #run(job: Job, signal: AbortSignal, stopState: () => StopState): Promise<void> {
    const { environment, jobs, feed, now } = this.#parts;
    // Called from a timer too, where nobody would catch what it throws.
    const tracker = new ProgressTracker(job.progress, now, (progress) =>
      this.#save({ ...job, progress, updatedAt: now() }),
    );
    try {
      const document = await this.#slots
        .run(signal, () => runJob(job, environment, tracker, signal))
        .finally(() => tracker.stop());
      const done: Job = { ...ended(job, tracker), state: 'succeeded', updatedAt: now() };
      jobs.finish(done, document);
      feed.publish(done);
    } catch (error) {
      const end = { ...ended(job, tracker), updatedAt: now() };
      if (signal.aborted) this.#save({ ...end, state: stopState() });
      else this.#save({ ...end, state: 'failed', failure: failureOf(error) });
    }
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
  return { ...job, progress: { ...progress, etaSeconds: 0 } };
}

function failureOf(error: unknown): JobFailure {
  const { reason, message } = asBonsaiError(error);
  return { reason, message };
}
