import { invalidArgument } from '@bonsai/support';
import type { RoundEvidence } from '@bonsai/pruning';
import { EnumTable, plannerProto } from '@bonsai/rpc';
import type { planProto } from '@bonsai/rpc';
import type { Job, JobProgress, JobSpec, JobState } from '../jobs/job.ts';
import { calibrationDigest, calibrationName, jobName } from './resource-name.ts';
import { precisionToMessage } from './precision.ts';
import { settingsFromMessage, settingsToMessage } from './settings.ts';

const STATES = new EnumTable<JobState, plannerProto.JobState>({
  running: plannerProto.JobState.JOB_STATE_RUNNING,
  succeeded: plannerProto.JobState.JOB_STATE_SUCCEEDED,
  failed: plannerProto.JobState.JOB_STATE_FAILED,
  cancelled: plannerProto.JobState.JOB_STATE_CANCELLED,
  interrupted: plannerProto.JobState.JOB_STATE_INTERRUPTED,
});

/** @throws BonsaiError REQUEST_INVALID, SETTING_INVALID */
export function specFromMessage(message: plannerProto.JobSpec | undefined): JobSpec {
  if (message === undefined) throw missing('spec');
  if (message.model === undefined) throw missing('spec.model');
  if (message.settings === undefined) throw missing('spec.settings');
  const { path, revision, precision } = message.model;
  if (path === '') throw missing('spec.model.path');
  return {
    model: { path, revision: revision === '' ? undefined : revision },
    calibration: calibrationDigest(message.calibration, 'spec.calibration'),
    metricService: message.metricService === '' ? undefined : message.metricService,
    settings: settingsFromMessage(message.settings, precision),
  };
}

export function specToMessage({ model, calibration, metricService, settings }: JobSpec): plannerProto.JobSpec {
  return {
    model: { path: model.path, revision: model.revision ?? '', precision: precisionToMessage(settings.precision) },
    calibration: calibrationName(calibration),
    metricService: metricService ?? '',
    settings: settingsToMessage(settings),
  };
}

/** The job without its rounds' mask fits: with those of many jobs or rounds, an answer would outgrow one message. */
export function jobToSummary(job: Job): plannerProto.Job {
  const rounds = job.progress.rounds.map((round) => ({ ...round, maskFits: [] }));
  return jobToMessage({ ...job, progress: { ...job.progress, rounds } });
}

export function jobToMessage(job: Job): plannerProto.Job {
  return {
    name: jobName(job.id),
    spec: specToMessage(job.spec),
    state: STATES.toWire(job.state),
    createTime: new Date(job.createdAt),
    updateTime: new Date(job.updatedAt),
    progress: progressToMessage(job.progress),
    error: job.failure === undefined ? undefined : { ...job.failure },
  };
}

export function progressToMessage(progress: JobProgress): plannerProto.JobProgress {
  return { ...progress, rounds: progress.rounds.map(roundToMessage) };
}

export function progressFromMessage(message: plannerProto.JobProgress): JobProgress {
  return { ...message, currentPerplexity: message.currentPerplexity, rounds: message.rounds.map(roundFromMessage) };
}

export function roundToMessage({ baseLoss: baseNll, ...round }: RoundEvidence): planProto.RoundEvidence {
  return { ...round, baseNll, maskFits: [...round.maskFits] };
}

function roundFromMessage({ baseNll: baseLoss, ...message }: planProto.RoundEvidence): RoundEvidence {
  const { looR2, kendallTau, looR2WithoutTopModule } = message;
  return { ...message, baseLoss, looR2, kendallTau, looR2WithoutTopModule };
}

function missing(field: string): Error {
  return invalidArgument('REQUEST_INVALID', field, `The request lacks ${field}; fill it in.`);
}
