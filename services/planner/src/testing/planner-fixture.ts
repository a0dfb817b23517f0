import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  PlannerServiceClient,
  callClientStream,
  callServerStream,
  callUnary,
  connect,
  fetchPlan,
  plannerProto,
} from '@bonsai/rpc';
import type { planProto } from '@bonsai/rpc';
import { startPlannerServer } from '../server.ts';
import type { PlannerServer, PlannerServerOptions } from '../server.ts';
import { SyntheticScorer } from './synthetic-scorer.ts';

/** Gives up quickly, so that a test of giving up is quick. */
const QUICK_RETRY = {
  attempts: 2,
  silentAttempts: 2,
  firstDelayMilliseconds: 20,
  longestDelayMilliseconds: 200,
};

/** A planner and a synthetic scorer on sockets in a folder of their own, and a client. */
export class PlannerFixture {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'planner-'));
  readonly scorer = new SyntheticScorer(`unix:${this.folder}/scorer.sock`);
  readonly storePath = path.join(this.folder, 'store', 'planner.sqlite');
  #planner: PlannerServer | undefined;
  #client: PlannerServiceClient | undefined;

  async start(options: Partial<PlannerServerOptions> = {}): Promise<void> {
    await this.scorer.start();
    await this.startPlanner(options);
  }

  async startPlanner(options: Partial<PlannerServerOptions> = {}): Promise<void> {
    this.#planner = await startPlannerServer({
      address: `unix:${this.folder}/planner.sock`,
      storePath: this.storePath,
      scorers: this.scorer.address,
      now: Date.now,
      retry: QUICK_RETRY,
      ...options,
    });
    this.#client = connect(PlannerServiceClient, this.#planner.address);
  }

  async stopPlanner(): Promise<void> {
    this.#client?.close();
    await this.#planner?.close(100);
    this.#planner = undefined;
  }

  async stop(): Promise<void> {
    await this.stopPlanner();
    await this.scorer.die();
    rmSync(this.folder, { recursive: true });
  }

  get client(): PlannerServiceClient {
    if (this.#client === undefined) throw new Error('start the planner first');
    return this.#client;
  }

  upload(windows: readonly (readonly number[])[]): Promise<plannerProto.UploadCalibrationResponse> {
    const requests = windows.map((tokenIds) => ({ windows: [{ tokenIds: [...tokenIds] }] }));
    return callClientStream<plannerProto.UploadCalibrationRequest, plannerProto.UploadCalibrationResponse>(
      (...rest) => this.client.uploadCalibration(...rest),
      requests,
    );
  }

  /** A spec of few small rounds over six windows, with changes. */
  async spec(settings: Partial<planProto.PlanSettings> = {}): Promise<plannerProto.JobSpec> {
    const { name } = await this.upload(Array.from({ length: 6 }, (_, i) => [1, 2 + i, 3 + 2 * i, 40 - i]));
    return plannerProto.JobSpec.fromPartial({
      model: { path: 'synthetic' },
      calibration: name,
      settings: { sparsity: 0.4, rounds: 3, masksPerRound: 12, windowsPerMask: 2, seed: 1, ...settings },
    });
  }

  async create(spec: plannerProto.JobSpec, jobId = ''): Promise<plannerProto.Job> {
    const response = await callUnary<plannerProto.CreateJobResponse>((...rest) =>
      this.client.createJob({ spec, jobId }, ...rest),
    );
    return present(response.job);
  }

  async get(name: string): Promise<plannerProto.Job> {
    return present((await callUnary<plannerProto.GetJobResponse>((...r) => this.client.getJob({ name }, ...r))).job);
  }

  async cancel(name: string): Promise<plannerProto.Job> {
    const call = callUnary<plannerProto.CancelJobResponse>((...rest) => this.client.cancelJob({ name }, ...rest));
    return present((await call).job);
  }

  async resume(name: string): Promise<plannerProto.Job> {
    const call = callUnary<plannerProto.ResumeJobResponse>((...rest) => this.client.resumeJob({ name }, ...rest));
    return present((await call).job);
  }

  delete(name: string): Promise<plannerProto.DeleteJobResponse> {
    return callUnary<plannerProto.DeleteJobResponse>((...rest) => this.client.deleteJob({ name }, ...rest));
  }

  list(request: plannerProto.ListJobsRequest): Promise<plannerProto.ListJobsResponse> {
    return callUnary<plannerProto.ListJobsResponse>((...rest) => this.client.listJobs(request, ...rest));
  }

  estimate(spec: plannerProto.JobSpec): Promise<plannerProto.EstimateJobResponse> {
    return callUnary<plannerProto.EstimateJobResponse>((...rest) => this.client.estimateJob({ spec }, ...rest));
  }

  plan(job: string): Promise<planProto.Plan> {
    return fetchPlan(this.client, job);
  }

  async *watch(name: string): AsyncGenerator<plannerProto.Job> {
    const call = callServerStream<plannerProto.WatchJobResponse>((...r) => this.client.watchJob({ name }, ...r));
    for await (const { job } of call) yield present(job);
  }

  /** The job once it no longer runs. */
  async finished(name: string): Promise<plannerProto.Job> {
    let last = await this.get(name);
    for await (const job of this.watch(name)) last = job;
    return last;
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the response lacks its message');
  return value;
}
