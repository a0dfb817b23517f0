import type { plannerProto } from '@bonsai/rpc';
import { jobToMessage } from '../convert/job.ts';
import { jobIdOf } from '../convert/resource-name.ts';
import type { JobService } from '../jobs/job-service.ts';

export function resumeJob(
  service: JobService,
  { name }: plannerProto.ResumeJobRequest,
): plannerProto.ResumeJobResponse {
  return { job: jobToMessage(service.resume(jobIdOf(name, 'name'))) };
}
