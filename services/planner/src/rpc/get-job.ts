import type { plannerProto } from '@bonsai/rpc';
import { jobToMessage } from '../convert/job.ts';
import { jobIdOf } from '../convert/resource-name.ts';
import type { JobService } from '../jobs/job-service.ts';

export function getJob(service: JobService, { name }: plannerProto.GetJobRequest): plannerProto.GetJobResponse {
  return { job: jobToMessage(service.get(jobIdOf(name, 'name'))) };
}
