import type { CallContext, plannerProto } from '@bonsai/rpc';
import { specFromMessage } from '../convert/job.ts';
import type { JobService } from '../jobs/job-service.ts';

export async function estimateJob(
  service: JobService,
  { spec }: plannerProto.EstimateJobRequest,
  { signal }: CallContext,
): Promise<plannerProto.EstimateJobResponse> {
  return service.estimate(specFromMessage(spec), signal);
}
