import { callServerStream, callUnary, plannerProto } from '@bonsai/rpc';
import type { CallLimits, PlannerServiceClient } from '@bonsai/rpc';
import { BonsaiError, cancelled, isErrorReason } from '@bonsai/support';

const { JobState } = plannerProto;

/** States from which a job goes on only when it is resumed. */
const STOPPED: readonly plannerProto.JobState[] = [
  JobState.JOB_STATE_FAILED,
  JobState.JOB_STATE_CANCELLED,
  JobState.JOB_STATE_INTERRUPTED,
];

/** Makes the job, or takes the one that an equal request made before: stopped jobs go on from what they stored. */
export async function startOrResume(
  client: PlannerServiceClient,
  request: plannerProto.CreateJobRequest,
  limits: CallLimits,
): Promise<plannerProto.Job> {
  const created = await callUnary<plannerProto.CreateJobResponse>(
    (...rest) => client.createJob(request, ...rest),
    limits,
  );
  const job = present(created.job);
  if (!STOPPED.includes(job.state)) return job;
  const { name } = job;
  const resumed = await callUnary<plannerProto.ResumeJobResponse>(
    (...rest) => client.resumeJob({ name }, ...rest),
    limits,
  );
  return present(resumed.job);
}

/**
 * Watches a job until it ends.
 * @returns the job as it succeeded
 * @throws BonsaiError with the reason of a job that failed, CANCELLED or JOB_STATE for one that was stopped
 */
export async function followJob(
  client: PlannerServiceClient,
  name: string,
  limits: CallLimits,
  onChange: (job: plannerProto.Job) => void,
): Promise<plannerProto.Job> {
  let last: plannerProto.Job | undefined;
  for await (const { job } of callServerStream((...rest) => client.watchJob({ name }, ...rest), limits)) {
    if (job === undefined) continue;
    last = job;
    onChange(job);
  }
  return ended(present(last));
}

function ended(job: plannerProto.Job): plannerProto.Job {
  switch (job.state) {
    case JobState.JOB_STATE_SUCCEEDED:
      return job;
    case JobState.JOB_STATE_FAILED: {
      const reason = job.error?.reason ?? '';
      throw new BonsaiError(job.error?.message ?? 'The job failed.', {
        code: 'FAILED_PRECONDITION',
        reason: isErrorReason(reason) ? reason : 'INTERNAL',
        field: job.name,
      });
    }
    case JobState.JOB_STATE_CANCELLED:
      throw cancelled('The job was cancelled; resume it to go on.', { field: job.name });
    default:
      throw new BonsaiError('The job was interrupted; resume it to go on.', {
        code: 'FAILED_PRECONDITION',
        reason: 'JOB_STATE',
        field: job.name,
      });
  }
}

/** proto3 lets every message be absent; a planner never leaves the job out. */
export function present<T>(message: T | undefined): T {
  if (message !== undefined) return message;
  throw new BonsaiError('The planner left out a part of its answer; use the same version on both sides.', {
    code: 'INTERNAL',
    reason: 'INTERNAL',
  });
}
