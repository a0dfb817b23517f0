import { countWork } from '@bonsai/pruning';
import { BonsaiError } from '@bonsai/support';
import { makeCalibration } from '../calibration/calibration.ts';
import type { Calibration } from '../calibration/calibration.ts';
import { estimateJob } from './estimate-job.ts';
import type { JobEstimate } from './estimate-job.ts';
import type { Job, JobRequest, JobSpec } from './job.ts';
import type { JobFeed } from './job-feed.ts';
import type { JobRuns } from './job-runs.ts';
import type { JobStore, NumberedJob } from './job-store.ts';
import { planJobMemory } from './plan-job-memory.ts';
import { noProgress } from './progress-tracker.ts';
import type { PlannedWork } from './progress-tracker.ts';
import { readPlanDocument, weightsDigestOf } from '../plan/plan-document.ts';
import { resolveSpec } from './resolve-spec.ts';
import type { ResolvedSpec } from './resolve-spec.ts';
import type { RunEnvironment } from './run-job.ts';

export interface JobServiceParts {
  readonly jobs: JobStore;
  readonly runs: JobRuns;
  readonly feed: JobFeed;
  readonly environment: RunEnvironment;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newId: () => string;
}

/** The life of jobs: made, run, watched, stopped, resumed, deleted. Knows nothing of the wire. */
export class JobService {
  readonly #parts: JobServiceParts;

  constructor(parts: JobServiceParts) {
    this.#parts = parts;
  }

  /** Idempotent: windows are stored under their digest. @throws BonsaiError TEXT_EMPTY, WINDOW_LENGTH */
  addCalibration(windows: readonly Uint32Array[]): Calibration {
    const calibration = makeCalibration(windows);
    this.#parts.environment.calibrations.add(calibration);
    return calibration;
  }

  /** What the job would cost. Stores nothing. */
  async estimate(spec: JobSpec, signal: AbortSignal): Promise<JobEstimate> {
    const { environment, now } = this.#parts;
    return estimateJob(await resolveSpec(spec, environment, signal), environment, now, signal);
  }

  /**
   * Makes a job and starts it. The same request under the same id gives the job that is already there.
   * @throws BonsaiError JOB_ID_TAKEN, DEVICE_OUT_OF_MEMORY, SERVICE_UNAVAILABLE, or with the field of the spec that is at fault
   */
  async create(request: JobRequest, signal: AbortSignal): Promise<Job> {
    const { environment, jobs, runs, newId, now } = this.#parts;
    const id = request.id === '' ? newId() : request.id;
    const existing = this.#sameJob(id, request);
    if (existing !== undefined) return existing;
    const resolved = await resolveSpec(request.spec, environment, signal);
    // What a job cannot hold in its last hour is refused before its first.
    await planJobMemory(resolved, environment, signal);
    runs.requireOpen();
    const job: Job = {
      id,
      requestDigest: request.digest,
      spec: resolved.spec,
      model: resolved.model,
      state: 'running',
      createdAt: now(),
      updatedAt: now(),
      progress: noProgress(plannedWork(resolved)),
      failure: undefined,
    };
    if (!jobs.add(job)) return this.#sameJob(id, request) ?? job;
    runs.start(job);
    return job;
  }

  /** @throws BonsaiError JOB_NOT_FOUND */
  get(id: string): Job {
    return this.#parts.jobs.get(id);
  }

  /** Newest first. */
  list(beforeNumber: number, size: number): NumberedJob[] {
    return this.#parts.jobs.page(beforeNumber, size);
  }

  /** The job now and after every change, until it ends. @throws BonsaiError JOB_NOT_FOUND */
  watch(id: string, signal: AbortSignal): AsyncIterable<Job> {
    return this.#parts.feed.watch(id, () => this.get(id), signal);
  }

  /** What was evaluated stays stored. Idempotent. @throws BonsaiError JOB_NOT_FOUND, JOB_STATE if it has already ended */
  async cancel(id: string): Promise<Job> {
    await this.#parts.runs.stop(id, 'cancelled');
    const job = this.get(id);
    switch (job.state) {
      case 'succeeded':
      case 'failed':
        throw jobState(`Job ${id} has ended already (${job.state}); there is nothing to cancel.`);
      case 'cancelled':
        return job;
      case 'running':
      case 'interrupted':
        return this.#change({ ...job, state: 'cancelled' });
    }
  }

  /**
   * Starts a stopped job again from what was stored; one that has succeeded only if its recovered weights are gone. A running one
   * stays as it is.
   * @throws BonsaiError JOB_NOT_FOUND, JOB_STATE, SERVICE_UNAVAILABLE
   */
  async resume(id: string): Promise<Job> {
    const lacksWeights = await this.#lacksWeights(id);
    const job = this.get(id);
    if (job.state === 'running') return job;
    if (job.state === 'succeeded' && !lacksWeights) {
      throw jobState(`Job ${id} has succeeded; get its plan instead of resuming it.`);
    }
    return this.#startAgain(job);
  }

  /**
   * Takes a job away that is not running, with its plan and the recovered weights that no other plan names. What jobs share stays.
   * @throws BonsaiError JOB_NOT_FOUND, JOB_STATE, STORE_FAILED
   */
  async delete(id: string): Promise<void> {
    const { jobs, environment } = this.#parts;
    this.#requireStopped(id);
    const digest = jobs.ownWeights(id);
    // Before the job, so that no file is left that nothing names: a job without its file can be deleted again, or resumed.
    if (digest !== undefined) await environment.weights.remove(digest);
    // It may have been resumed meanwhile.
    this.#requireStopped(id);
    jobs.delete(id);
  }

  /** The plan's canonical document. @throws BonsaiError JOB_NOT_FOUND, JOB_STATE if there is none yet */
  planDocument(id: string): string {
    const job = this.get(id);
    const document = this.#parts.jobs.planDocument(id);
    if (document !== undefined) return document;
    throw jobState(`Job ${id} has no plan: it is ${job.state}. A plan exists once a job has succeeded.`);
  }

  /** The file of the plan's recovered weights, in pieces. @throws BonsaiError JOB_NOT_FOUND, JOB_STATE, STORE_FAILED */
  planWeights(id: string): AsyncIterable<Uint8Array> {
    const digest = weightsDigestOf(readPlanDocument(this.planDocument(id)));
    if (digest !== undefined) return this.#parts.environment.weights.read(digest);
    throw jobState(`The plan of job ${id} has no recovered weights: it is the original ones, cut.`);
  }

  /** Says of jobs that an earlier process left running what they are. */
  interruptLeftovers(): void {
    this.#parts.jobs.interruptRunning(this.#parts.now());
  }

  resumeInterrupted(): void {
    for (const job of this.#parts.jobs.interrupted()) this.#startAgain(job);
  }

  #startAgain(job: Job): Job {
    this.#parts.runs.requireOpen();
    const running = this.#change({ ...job, state: 'running', failure: undefined });
    this.#parts.runs.start(running);
    return running;
  }

  /** Whether the job has a plan with recovered weights whose file is gone. */
  async #lacksWeights(id: string): Promise<boolean> {
    const document = this.#parts.jobs.planDocument(id);
    const digest = document === undefined ? undefined : weightsDigestOf(readPlanDocument(document));
    return digest !== undefined && !(await this.#parts.environment.weights.has(digest));
  }

  #requireStopped(id: string): void {
    if (this.#parts.jobs.isRunning(id)) throw jobState(`Job ${id} is running; cancel it before you delete it.`);
  }

  #change(job: Job): Job {
    const changed = { ...job, updatedAt: this.#parts.now() };
    this.#parts.jobs.update(changed);
    this.#parts.feed.publish(changed);
    return changed;
  }

  #sameJob(id: string, request: JobRequest): Job | undefined {
    const existing = this.#parts.jobs.find(id);
    if (existing === undefined || existing.requestDigest === request.digest) return existing;
    const message = `There is another job ${id} with a different spec; choose another id.`;
    throw new BonsaiError(message, { code: 'ALREADY_EXISTS', reason: 'JOB_ID_TAKEN', field: 'job_id' });
  }
}

/** What the method asks for, and behind it the result, which is measured to be shown. */
function plannedWork({ spec: { settings }, problem }: ResolvedSpec): PlannedWork {
  const { rounds, evaluations, forwardTokens } = countWork(settings, problem);
  const resultTokens = problem.windowTokens.slice(0, settings.windowsPerMask).reduce((sum, tokens) => sum + tokens, 0);
  return { roundsTotal: rounds, masksTotal: evaluations + 1, forwardTokensTotal: forwardTokens + resultTokens };
}

function jobState(message: string): BonsaiError {
  return new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'JOB_STATE', field: 'name' });
}
