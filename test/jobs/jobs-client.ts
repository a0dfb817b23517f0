import { readFileSync } from 'node:fs';
import { planDocument } from '@bonsai/planner';
import {
  PlannerServiceClient,
  callClientStream,
  callServerStream,
  callUnary,
  connect,
  fetchPlan,
  plannerProto,
  recoveryProto,
  waitUntilReady,
} from '@bonsai/rpc';

/** A client of one planner, for jobs on the bundled model with tiny budgets. */
export class JobsClient {
  readonly #client: PlannerServiceClient;

  private constructor(client: PlannerServiceClient) {
    this.#client = client;
  }

  /** Waits for the connection: where a planner died, a channel of this process may be pausing before it tries again. */
  static async connect(address: string): Promise<JobsClient> {
    const client = connect(PlannerServiceClient, address);
    await waitUntilReady(client, new Date(Date.now() + 30_000));
    return new JobsClient(client);
  }

  /** Makes the job of these tests: 2 rounds of 10 masks on 2 windows of 24 tokens, with recovery after each. */
  async create(jobId: string): Promise<plannerProto.Job> {
    const { name } = await callClientStream<
      plannerProto.UploadCalibrationRequest,
      plannerProto.UploadCalibrationResponse
    >((...rest) => this.#client.uploadCalibration(...rest), [{ windows: demoWindows(4, 24) }]);
    const spec = plannerProto.JobSpec.fromPartial({
      model: { path: 'sotu-3M' },
      calibration: name,
      settings: {
        ...{ sparsity: 0.2, rounds: 2, masksPerRound: 10, windowsPerMask: 2, seed: 5 },
        recoveryMethod: recoveryProto.RecoveryMethod.RECOVERY_METHOD_LEAST_SQUARES,
      },
    });
    const call = callUnary<plannerProto.CreateJobResponse>((...rest) =>
      this.#client.createJob({ spec, jobId }, ...rest),
    );
    return present((await call).job);
  }

  async get(name: string): Promise<plannerProto.Job> {
    return present((await callUnary<plannerProto.GetJobResponse>((...r) => this.#client.getJob({ name }, ...r))).job);
  }

  async resume(name: string): Promise<plannerProto.Job> {
    const call = callUnary<plannerProto.ResumeJobResponse>((...rest) => this.#client.resumeJob({ name }, ...rest));
    return present((await call).job);
  }

  /** The first state of the job that satisfies the condition. */
  async until(name: string, condition: (job: plannerProto.Job) => boolean): Promise<plannerProto.Job> {
    const call = callServerStream<plannerProto.WatchJobResponse>((...r) => this.#client.watchJob({ name }, ...r));
    for await (const { job } of call) if (condition(present(job))) return present(job);
    throw new Error('the job ended before that');
  }

  finished(name: string): Promise<plannerProto.Job> {
    return this.until(name, (job) => job.state !== plannerProto.JobState.JOB_STATE_RUNNING);
  }

  async planDocument(job: string): Promise<string> {
    return planDocument(await fetchPlan(this.#client, job));
  }

  close(): void {
    this.#client.close();
  }
}

/** Token windows of the text that the bundled model's reference was made on. */
function demoWindows(count: number, tokens: number): { tokenIds: number[] }[] {
  const file = new URL('../../tools/demo/sotu-3M/reference.json', import.meta.url);
  const reference: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const windows =
    typeof reference === 'object' && reference !== null && 'windows' in reference ? reference.windows : [];
  if (!Array.isArray(windows)) throw new Error('reference.json has no windows');
  return windows.slice(0, count).map((window: unknown) => ({
    tokenIds: Array.isArray(window) ? window.slice(0, tokens).map(Number) : [],
  }));
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the response lacks its message');
  return value;
}
