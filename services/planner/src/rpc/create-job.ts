import type { CallContext, plannerProto } from '@bonsai/rpc';
import { jobToSummary, specFromMessage } from '../convert/job.ts';
import { checkJobId } from '../convert/resource-name.ts';
import type { JobService } from '../jobs/job-service.ts';

export async function createJob(
  service: JobService,
  { spec, jobId }: plannerProto.CreateJobRequest,
  { signal }: CallContext,
): Promise<plannerProto.CreateJobResponse> {
  checkJobId(jobId);
  return { job: jobToSummary(await service.create(specFromMessage(spec), jobId, signal)) };
}
