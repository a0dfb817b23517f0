import type { ModelShape, RoundEvidence } from '@bonsai/pruning';
import type { JobSettings } from './job-settings.ts';

/** A checkpoint as a scorer finds it. */
export interface ModelRef {
  /** Relative to the root that the scorers serve. */
  readonly path: string;
  /** Digest of config, tensor index and samples of all weights; undefined: whatever is there. */
  readonly revision: string | undefined;
}

/** What planning needs to know of a checkpoint. */
export interface ModelDescription {
  readonly revision: string;
  readonly family: string;
  readonly shape: ModelShape;
  readonly vocabSize: number;
  readonly contextLength: number;
  /** Parameters in no unit. */
  readonly otherParameters: number;
}

export interface JobSpec {
  readonly model: ModelRef;
  /** Digest of the calibration windows. */
  readonly calibration: string;
  /** With metric `user`: where it is served; undefined: the module that this planner was started with. */
  readonly metricService: string | undefined;
  readonly settings: JobSettings;
}

/** A request for a job. */
export interface JobRequest {
  /** Empty: a new one is chosen. */
  readonly id: string;
  /** Of the request as it was written, before anything that it leaves open was filled in. */
  readonly digest: string;
  /** With defaults where the request leaves settings open. */
  readonly spec: JobSpec;
}

const JOB_STATES = ['running', 'succeeded', 'failed', 'cancelled', 'interrupted'] as const;
export type JobState = (typeof JOB_STATES)[number];

export function isJobState(text: string): text is JobState {
  return JOB_STATES.some((state) => state === text);
}

/** How far a job is; see JobProgress in planner.proto for the fields' meaning. */
export interface JobProgress {
  readonly roundsDone: number;
  readonly roundsTotal: number;
  readonly masksDone: number;
  readonly masksTotal: number;
  readonly currentPerplexity: number | undefined;
  readonly forwardTokens: number;
  readonly forwardTokensTotal: number;
  readonly evaluationsReused: number;
  readonly etaSeconds: number;
  readonly activity: string;
  readonly rounds: readonly RoundEvidence[];
}

export interface JobFailure {
  readonly reason: string;
  readonly message: string;
}

export interface Job {
  readonly id: string;
  /** Digest of the request that made it. */
  readonly requestDigest: string;
  /** With revision and precision as found when the job was made. */
  readonly spec: JobSpec;
  readonly model: ModelDescription;
  readonly state: JobState;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly progress: JobProgress;
  readonly failure: JobFailure | undefined;
}
