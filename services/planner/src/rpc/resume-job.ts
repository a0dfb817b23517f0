import type { plannerProto } from '@bonsai/rpc';
import { jobToSummary } from '../convert/job.ts';
import { jobIdOf } from '../convert/resource-name.ts';
import type { JobService } from '../jobs/job-service.ts';

export function resumeJob(
  service: JobService,
  { name }: plannerProto.ResumeJobRequest,
): plannerProto.ResumeJobResponse {
  return { job: jobToSummary(service.resume(jobIdOf(name, 'name'))) };
}
