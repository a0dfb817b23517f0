import type { CallContext, plannerProto } from '@bonsai/rpc';
import { jobToSummary } from '../convert/job.ts';
import { requestFromMessage } from '../convert/job-request.ts';
import type { JobService } from '../jobs/job-service.ts';

export async function createJob(
  service: JobService,
  request: plannerProto.CreateJobRequest,
  { signal }: CallContext,
): Promise<plannerProto.CreateJobResponse> {
  return { job: jobToSummary(await service.create(requestFromMessage(request), signal)) };
}
