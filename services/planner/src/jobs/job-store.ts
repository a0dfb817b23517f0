import { BonsaiError } from '@bonsai/support';
import { plannerProto, planProto } from '@bonsai/rpc';
import { progressFromMessage, progressToMessage, specFromMessage, specToMessage } from '../convert/job.ts';
import { modelFromMessage, modelToMessage } from '../convert/model.ts';
import { blobColumn, numberColumn, optionalTextColumn, textColumn } from '../store/columns.ts';
import type { Row, Statement, StoreDatabase } from '../store/database.ts';
import { storeFailed } from '../store/store-error.ts';
import { isJobState } from './job.ts';
import type { Job, JobState } from './job.ts';
import { atRest } from './progress-tracker.ts';

/** A job with its place in the order of creation. */
export interface NumberedJob {
  readonly number: number;
  readonly job: Job;
}

const COLUMNS =
  'number, id, request_digest, calibration, spec, model, state, created_ms, updated_ms, progress, error_reason, error_message';

/** Jobs and their plans. Specs, models and progress are kept as encoded messages: typed, exact, open to new fields. */
export class JobStore {
  readonly #database: StoreDatabase;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #find: Statement;
  readonly #findState: Statement;
  readonly #page: Statement;
  readonly #interruptRunning: Statement;
  readonly #interrupted: Statement;
  readonly #insertPlan: Statement;
  readonly #findPlan: Statement;
  readonly #findWeights: Statement;
  readonly #findOtherPlan: Statement;
  readonly #delete: Statement;

  constructor(database: StoreDatabase) {
    this.#database = database;
    this.#insert = database.prepare(
      `INSERT INTO jobs (id, request_digest, calibration, spec, model, state, created_ms, updated_ms, progress)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    );
    this.#update = database.prepare(
      'UPDATE jobs SET state = ?, updated_ms = ?, progress = ?, error_reason = ?, error_message = ? WHERE id = ?',
    );
    this.#find = database.prepare(`SELECT ${COLUMNS} FROM jobs WHERE id = ?`);
    this.#findState = database.prepare('SELECT state FROM jobs WHERE id = ?');
    this.#page = database.prepare(`SELECT ${COLUMNS} FROM jobs WHERE number < ? ORDER BY number DESC LIMIT ?`);
    this.#interruptRunning = database.prepare(
      "UPDATE jobs SET state = 'interrupted', updated_ms = ? WHERE state = 'running'",
    );
    this.#interrupted = database.prepare(`SELECT ${COLUMNS} FROM jobs WHERE state = 'interrupted' ORDER BY number`);
    this.#insertPlan = database.prepare('INSERT OR REPLACE INTO plans (job_id, document) VALUES (?, ?)');
    this.#findPlan = database.prepare('SELECT document FROM plans WHERE job_id = ?');
    this.#findWeights = database.prepare(
      `SELECT json_extract(document, '$.recovery.weightsDigest') AS digest FROM plans WHERE job_id = ?`,
    );
    this.#findOtherPlan = database.prepare('SELECT 1 FROM plans WHERE job_id <> ? AND instr(document, ?) > 0 LIMIT 1');
    this.#delete = database.prepare('DELETE FROM jobs WHERE id = ?');
  }

  /** @returns whether the id was free */
  add(job: Job): boolean {
    const spec = plannerProto.JobSpec.encode(specToMessage(job.spec)).finish();
    const model = planProto.PlanModel.encode(modelToMessage(job.model)).finish();
    const { id, requestDigest, state, createdAt, updatedAt } = job;
    const { calibration } = job.spec;
    const progress = encodeProgress(job);
    return this.#insert.run(id, requestDigest, calibration, spec, model, state, createdAt, updatedAt, progress) === 1;
  }

  /** Writes state, progress and failure. */
  update(job: Job): void {
    const { reason = null, message = null } = job.failure ?? {};
    this.#update.run(job.state, job.updatedAt, encodeProgress(job), reason, message, job.id);
  }

  /** Stores the plan together with the state that says so. */
  finish(job: Job, planDocument: string): void {
    this.#database.transaction(() => {
      this.#insertPlan.run(job.id, planDocument);
      this.update(job);
    });
  }

  find(id: string): Job | undefined {
    const [row] = this.#find.rows(id);
    return row === undefined ? undefined : jobOf(row);
  }

  /** @throws BonsaiError JOB_NOT_FOUND */
  get(id: string): Job {
    return this.find(id) ?? jobNotFound(id);
  }

  /** Tells even of a job that cannot be read. @throws BonsaiError JOB_NOT_FOUND */
  isRunning(id: string): boolean {
    const [row] = this.#findState.rows(id);
    return (row === undefined ? jobNotFound(id) : textColumn(row, 'state')) === 'running';
  }

  /** Newest first, those before the given number. */
  page(beforeNumber: number, size: number): NumberedJob[] {
    return this.#page.rows(beforeNumber, size).map((row) => ({ number: numberColumn(row, 'number'), job: jobOf(row) }));
  }

  /** Of all that are running, even those that cannot be read. */
  interruptRunning(now: number): void {
    this.#interruptRunning.run(now);
  }

  interrupted(): Job[] {
    return this.#interrupted.rows().map(jobOf);
  }

  planDocument(id: string): string | undefined {
    const [row] = this.#findPlan.rows(id);
    return row === undefined ? undefined : textColumn(row, 'document');
  }

  /** Digest of the recovered weights that the job's plan names, whatever its version, and no other plan does. */
  ownWeights(id: string): string | undefined {
    const [row] = this.#findWeights.rows(id);
    const digest = row === undefined ? undefined : optionalTextColumn(row, 'digest');
    return digest === undefined || this.#findOtherPlan.rows(id, digest).length > 0 ? undefined : digest;
  }

  /** Takes the job away and, by the schema's cascade, its plan with it. @throws BonsaiError JOB_NOT_FOUND */
  delete(id: string): void {
    if (this.#delete.run(id) === 0) jobNotFound(id);
  }
}

function jobNotFound(id: string): never {
  const message = `There is no job ${id}; ListJobs names those that exist.`;
  throw new BonsaiError(message, { code: 'NOT_FOUND', reason: 'JOB_NOT_FOUND', field: 'name' });
}

/** @throws BonsaiError STORE_FAILED if the row is not what was stored */
function jobOf(row: Row): Job {
  const id = textColumn(row, 'id');
  try {
    return decodedJob(id, row);
  } catch (cause) {
    throw storeFailed(`The store file is damaged: job ${id} cannot be read; delete it or restore a copy.`, cause);
  }
}

function decodedJob(id: string, row: Row): Job {
  const reason = optionalTextColumn(row, 'error_reason');
  const message = optionalTextColumn(row, 'error_message');
  const state = stateOf(textColumn(row, 'state'));
  const progress = progressFromMessage(plannerProto.JobProgress.decode(blobColumn(row, 'progress')));
  return {
    id,
    requestDigest: textColumn(row, 'request_digest'),
    spec: specFromMessage(plannerProto.JobSpec.decode(blobColumn(row, 'spec'))),
    model: modelFromMessage(planProto.PlanModel.decode(blobColumn(row, 'model'))),
    state,
    createdAt: numberColumn(row, 'created_ms'),
    updatedAt: numberColumn(row, 'updated_ms'),
    // What a planner that died has left is that of a running job.
    progress: state === 'running' ? progress : atRest(progress),
    failure: reason === undefined || message === undefined ? undefined : { reason, message },
  };
}

function stateOf(text: string): JobState {
  if (isJobState(text)) return text;
  throw storeFailed(`The store file is damaged: "${text}" is no state of a job; restore a copy.`);
}

function encodeProgress(job: Job): Uint8Array {
  return plannerProto.JobProgress.encode(progressToMessage(job.progress)).finish();
}
