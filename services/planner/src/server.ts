import { randomUUID } from 'node:crypto';
import { createProcedure } from '@bonsai/pruning';
import { PlannerServiceService, anyTurn, startServer } from '@bonsai/rpc';
import type { CallRecord, Logger, RunningServer, ServiceBinding } from '@bonsai/rpc';
import { CalibrationStore } from './calibration/calibration-store.ts';
import { EvaluationStore } from './evaluations/evaluation-store.ts';
import { JobFeed } from './jobs/job-feed.ts';
import { JobRuns } from './jobs/job-runs.ts';
import { JobService } from './jobs/job-service.ts';
import { JobStore } from './jobs/job-store.ts';
import type { ProcedureFactory, RunEnvironment } from './jobs/run-job.ts';
import { MetricStore } from './metric/metric-store.ts';
import { metricOpener } from './metric/open-metric.ts';
import type { UserMetric } from './metric/user-metric.ts';
import { plannerHandlers } from './rpc/planner-handlers.ts';
import { MAX_CALIBRATION_TOKENS } from './rpc/upload-calibration.ts';
import { GrpcScorer } from './scorer/grpc-scorer.ts';
import { DEFAULT_RETRY_POLICY } from './retry/retry-while-gone.ts';
import type { RetryPolicy } from './retry/retry-while-gone.ts';
import type { Scorer } from './scorer/scorer.ts';
import type { StoreDatabase } from './store/database.ts';
import { openStore } from './store/open-store.ts';
import { announcePlanner, withdrawPlanner } from './store/planner-address.ts';
import { WeightsStore } from './store/weights-store.ts';

export interface PlannerServerOptions {
  /** `unix:PATH` or `HOST:PORT`, port 0 for any free one. */
  readonly address: string;
  /** SQLite file, created with its folder where it does not exist. One planner at a time. Recovered weights lie beside it. */
  readonly storePath: string;
  /** How long to wait for a store that another planner holds. Default 0: it is refused at once. */
  readonly storePatienceMilliseconds?: number;
  /** Address of the scorers: `unix:PATH`, `HOST:PORT`, `dns:///NAME:PORT` or `ipv4:HOST:PORT,HOST:PORT`. */
  readonly scorers: string;
  /** Scorers that measure the masks of one job at the same time, where these need no recovery. Default 1. */
  readonly scorersPerJob?: number;
  /** Metric of the user's own, for jobs that name no metric service. */
  readonly ownMetric?: UserMetric | undefined;
  /** How long a metric service may take for one call. Default: a minute. */
  readonly metricMilliseconds?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Go on with jobs that an earlier planner left unfinished; else they wait for ResumeJob. */
  readonly continueJobs?: boolean;
  /** Jobs that run at the same time; more wait their turn. Default 2. */
  readonly concurrentJobs?: number;
  /** Tokens that one calibration may have. Default 64 million. */
  readonly maxCalibrationTokens?: number;
  /** How long a scorer may bring nothing before it is taken to hang. Default 10 minutes. */
  readonly scorerSilenceMilliseconds?: number | undefined;
  readonly retry?: RetryPolicy;
  /** The methods that settings may name. Default: those of the pruning library. */
  readonly createProcedure?: ProcedureFactory;
  /** Names for jobs whose client chose none. */
  readonly newId?: () => string;
  /** Told about the end of every call. */
  readonly callEnded?: (record: CallRecord) => void;
  /** Of jobs as they start and end, and of scorers and metric services that they meet gone. */
  readonly log?: Logger;
  /** Told about failures that no client learns of. */
  readonly reportError?: (error: unknown) => void;
}

export interface PlannerServer {
  readonly address: string;
  /** Interrupts running jobs, ends calls after the grace period, closes the store. */
  close(graceMilliseconds?: number): Promise<void>;
}

const DEFAULT_GRACE_MILLISECONDS = 2000;

type Scorers = Pick<RunEnvironment, 'scorer' | 'openScorer'>;

const ignore = (): void => undefined;

/** @throws BonsaiError STORE_FAILED, ADDRESS_INVALID, ADDRESS_IN_USE */
export async function startPlannerServer(options: PlannerServerOptions): Promise<PlannerServer> {
  const { storePath } = options;
  const database = await openStore(storePath, options.storePatienceMilliseconds ?? 0);
  const { scorers: address, now, scorerSilenceMilliseconds: silenceMilliseconds } = options;
  const scorer = new GrpcScorer({ address, now, silenceMilliseconds });
  // Planners of one set of scorers shall not all begin with the same.
  let turn = anyTurn();
  const openScorer = (): Scorer => new GrpcScorer({ address, now, silenceMilliseconds, turn: turn++ });
  try {
    const environment = runEnvironment(database, { scorer, openScorer }, options);
    await environment.weights.sweep();
    const { runs, service } = jobsIn(database, environment, options);
    service.interruptLeftovers();
    const server = await serve(service, options);
    return {
      address: server.address,
      close: async (graceMilliseconds = DEFAULT_GRACE_MILLISECONDS) => {
        const stopped = server.stop(graceMilliseconds);
        await runs.close();
        await stopped;
        scorer.close();
        await withdrawPlanner(storePath);
        database.close();
      },
    };
  } catch (error) {
    scorer.close();
    database.close();
    throw error;
  }
}

/** Takes calls from now on, and goes on with jobs where that is asked for. */
async function serve(service: JobService, options: PlannerServerOptions): Promise<RunningServer> {
  const { address, storePath, continueJobs = false, reportError = ignore } = options;
  const server = await startServer(address, [plannerBinding(service, options)]);
  try {
    // Before any call is answered: who watches a job shall not find it interrupted.
    if (continueJobs) service.resumeInterrupted();
  } catch (error) {
    await server.stop(0);
    throw error;
  }
  await announcePlanner(storePath, server.address).catch(reportError);
  return server;
}

/** The jobs of a store, and the work on them. */
function jobsIn(
  database: StoreDatabase,
  environment: RunEnvironment,
  options: PlannerServerOptions,
): { readonly runs: JobRuns; readonly service: JobService } {
  const { now, concurrentJobs = 2, log = ignore, reportError = ignore, newId = randomUUID } = options;
  const shared = {
    jobs: new JobStore(database),
    feed: new JobFeed(),
    environment,
    now,
  };
  const runs = new JobRuns({ ...shared, concurrentJobs, log, reportError });
  return { runs, service: new JobService({ ...shared, runs, newId }) };
}

function runEnvironment(database: StoreDatabase, scorers: Scorers, options: PlannerServerOptions): RunEnvironment {
  return {
    calibrations: new CalibrationStore(database),
    evaluations: new EvaluationStore(database),
    metricLosses: new MetricStore(database),
    openMetric: metricOpener(options.ownMetric, options.now, options.metricMilliseconds),
    weights: new WeightsStore(`${options.storePath}-weights`),
    ...scorers,
    scorersPerJob: options.scorersPerJob ?? 1,
    retry: options.retry ?? DEFAULT_RETRY_POLICY,
    createProcedure: options.createProcedure ?? createProcedure,
  };
}

function plannerBinding(service: JobService, options: PlannerServerOptions): ServiceBinding {
  const { now, callEnded = ignore, maxCalibrationTokens = MAX_CALIBRATION_TOKENS } = options;
  return {
    name: 'bonsai.v1.PlannerService',
    definition: PlannerServiceService,
    implementation: plannerHandlers(service, { now, callEnded }, maxCalibrationTokens),
  };
}
