import type { plannerProto } from '@bonsai/rpc';
import { jobToSummary } from '../convert/job.ts';
import { jobIdOf } from '../convert/resource-name.ts';
import type { JobService } from '../jobs/job-service.ts';

export async function resumeJob(
  service: JobService,
  { name }: plannerProto.ResumeJobRequest,
): Promise<plannerProto.ResumeJobResponse> {
  return { job: jobToSummary(await service.resume(jobIdOf(name, 'name'))) };
}
