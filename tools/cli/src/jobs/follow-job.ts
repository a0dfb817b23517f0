import { DEFAULT_RETRY_POLICY, isServiceGone, retryWhileGone } from '@bonsai/planner';
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
 * Watches a job until it ends, also across a restart of its planner.
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
  const watch = async (): Promise<void> => {
    let wasRunning = false;
    for await (const { job } of callServerStream((...rest) => client.watchJob({ name }, ...rest), limits)) {
      if (job === undefined) continue;
      last = job;
      onChange(job);
      // It waits for somebody to resume it only where a planner begins with that.
      if (wasRunning && job.state === JobState.JOB_STATE_INTERRUPTED) throw plannerStopped();
      wasRunning = job.state === JobState.JOB_STATE_RUNNING;
    }
  };
  await watch().catch((error: unknown) => {
    if (last === undefined || !isServiceGone(error)) throw error;
    return watchAgain(watch, limits.signal);
  });
  return ended(present(last));
}

/** A planner that was there may come back: the job is not over because a connection is. */
function watchAgain(watch: () => Promise<void>, signal = new AbortController().signal): Promise<void> {
  return retryWhileGone(DEFAULT_RETRY_POLICY, signal, watch, (cause) => cause);
}

function plannerStopped(): BonsaiError {
  const message = 'The planner was stopped and is not back; start it again, and the job goes on from what was stored.';
  return new BonsaiError(message, { code: 'UNAVAILABLE', reason: 'SERVICE_UNAVAILABLE' });
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
      throw cancelled(`The job was cancelled; ${howToGoOn(job)}.`, { field: job.name });
    default:
      throw new BonsaiError(`The job was interrupted when its planner stopped; ${howToGoOn(job)}.`, {
        code: 'FAILED_PRECONDITION',
        reason: 'JOB_STATE',
        field: job.name,
      });
  }
}

const howToGoOn = ({ name }: plannerProto.Job): string =>
  `it goes on from what was stored with bonsai jobs resume ${name.slice('jobs/'.length)}`;

/** proto3 lets every message be absent; a planner never leaves the job out. */
export function present<T>(message: T | undefined): T {
  if (message !== undefined) return message;
  throw new BonsaiError('The planner left out a part of its answer; use the same version on both sides.', {
    code: 'INTERNAL',
    reason: 'INTERNAL',
  });
}
