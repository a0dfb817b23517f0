import type { plannerProto } from '@bonsai/rpc';
import { jobToSummary } from '../convert/job.ts';
import { jobIdOf } from '../convert/resource-name.ts';
import type { JobService } from '../jobs/job-service.ts';

/** Answers when the work has stopped and what it brought is stored. */
export async function cancelJob(
  service: JobService,
  { name }: plannerProto.CancelJobRequest,
): Promise<plannerProto.CancelJobResponse> {
  return { job: jobToSummary(await service.cancel(jobIdOf(name, 'name'))) };
}
